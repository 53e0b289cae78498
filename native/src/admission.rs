//! Who gets in: every incoming connection is a peer's, or a stranger's whose request is noted and who is turned away.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use iroh::endpoint::{Connection, Incoming};
use tokio::sync::Semaphore;

use crate::control;
use crate::event::NativeEvent;
use crate::link::{CloseCode, Opening, selected_path};
use crate::mesh::{Mesh, NodeId, hex};
use crate::rate_limit::RateLimit;

/// Handshakes under way at once; a further one is refused.
const MAX_HANDSHAKES: usize = 64;
/// From this many handshakes on, callers have to prove their address first.
const RETRY_FROM: usize = 16;
/// Handshakes begun: one in this time on average, and a burst after a quiet time. iroh remembers every ID it met for a
/// minute (16 KB each), so this bounds what a flood of fresh IDs costs to some 30 MB.
const HANDSHAKE_INTERVAL: Duration = Duration::from_millis(40);
const HANDSHAKE_BURST: u32 = 128;
/// Strangers with an open connection at once; a further one is turned away unheard.
const MAX_STRANGERS: usize = 32;
/// Requests handed on: one in this time on average, and a burst after a quiet time.
const REQUEST_INTERVAL: Duration = Duration::from_millis(50);
const REQUEST_BURST: u32 = 32;
/// How long a connection may take to open its control stream and say hello.
const OPENING_TIME: Duration = Duration::from_secs(10);
/// How long a stranger we turned away may keep its connection open.
const GOODBYE_TIME: Duration = Duration::from_secs(2);

/// Admits connections until the endpoint closes.
pub async fn run(mesh: Arc<Mesh>) {
    let gate = Arc::new(Gate {
        handshakes: AtomicUsize::new(0),
        strangers: Arc::new(Semaphore::new(MAX_STRANGERS)),
        // TypeScript takes one new request a second; this only keeps a flood from its queue.
        requests: RateLimit::new(REQUEST_INTERVAL, REQUEST_BURST),
    });
    let begun = RateLimit::new(HANDSHAKE_INTERVAL, HANDSHAKE_BURST);
    while let Some(incoming) = mesh.endpoint.accept().await {
        let busy = gate.handshakes.load(Ordering::Relaxed);
        if busy >= MAX_HANDSHAKES {
            incoming.refuse();
        } else if busy >= RETRY_FROM && !incoming.remote_addr_validated() {
            let _ = incoming.retry();
        } else if !begun.allow(Instant::now()) {
            incoming.refuse();
        } else {
            tokio::spawn(admit(mesh.clone(), gate.clone(), incoming));
        }
    }
    if !mesh.is_closing() {
        mesh.events.send(NativeEvent::EndpointLost {
            detail: "its sockets failed".to_owned(),
        });
    }
}

struct Gate {
    handshakes: AtomicUsize,
    strangers: Arc<Semaphore>,
    requests: RateLimit,
}

/// Counts a handshake for as long as it lives.
struct Handshake<'a>(&'a AtomicUsize);

impl<'a> Handshake<'a> {
    fn begin(count: &'a AtomicUsize) -> Self {
        count.fetch_add(1, Ordering::Relaxed);
        Self(count)
    }
}

impl Drop for Handshake<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

async fn admit(mesh: Arc<Mesh>, gate: Arc<Gate>, incoming: Incoming) {
    let connection = {
        let _handshake = Handshake::begin(&gate.handshakes);
        let Ok(accepting) = incoming.accept() else {
            return;
        };
        match tokio::time::timeout(OPENING_TIME, accepting).await {
            Ok(Ok(connection)) => connection,
            _ => return,
        }
    };
    let id = *connection.remote_id().as_bytes();
    if mesh.table().by_id(&id).is_some() {
        admit_peer(&mesh, id, connection).await;
    } else {
        hear_stranger(&mesh, &gate, id, connection).await;
    }
}

async fn admit_peer(mesh: &Arc<Mesh>, id: NodeId, connection: Connection) {
    let opening = tokio::time::timeout(OPENING_TIME, async {
        let (mut send, mut recv) = connection.accept_bi().await.ok()?;
        let (instance, hello) = control::read_opening(&mut recv).await.ok()?;
        if !mesh.would_install(&id, instance) {
            return Some(None);
        }
        let told = mesh.hello();
        control::write_opening(&mut send, mesh.instance, &told)
            .await
            .ok()?;
        Some(Some(Opening {
            connection: connection.clone(),
            incoming: true,
            control: (send, recv),
            instance,
            hello,
            told,
        }))
    })
    .await;
    match opening {
        Ok(Some(Some(opening))) => {
            mesh.install(id, opening);
        }
        Ok(Some(None)) => connection.close(CloseCode::Replaced.number().into(), b""),
        _ => connection.close(CloseCode::Protocol.number().into(), b""),
    }
}

/// Hears a stranger's hello and closes the connection. Nothing of ours is sent: no name, no state, not even our hello.
async fn hear_stranger(mesh: &Arc<Mesh>, gate: &Gate, id: NodeId, connection: Connection) {
    let Ok(_seat) = gate.strangers.clone().try_acquire_owned() else {
        return connection.close(CloseCode::Busy.number().into(), b"");
    };
    let opening = tokio::time::timeout(OPENING_TIME, async {
        let (send, mut recv) = connection.accept_bi().await.ok()?;
        let (_, hello) = control::read_opening(&mut recv).await.ok()?;
        Some((hello, send, recv))
    })
    .await;
    // The stream is held until the connection is closed: ended before, it would look like a fault.
    let Ok(Some((hello, _send, _recv))) = opening else {
        return connection.close(CloseCode::Protocol.number().into(), b"");
    };
    if gate.requests.allow(Instant::now()) {
        mesh.events.send(NativeEvent::Request {
            id: hex(&id),
            hello: hello.to_vec().into(),
            remote: selected_path(&connection).map_or_else(String::new, |path| path.remote),
        });
    }
    connection.close(CloseCode::NotAccepted.number().into(), b"");
    // The seat stays taken until they heard it, so that reconnecting at once gains nothing.
    let _ = tokio::time::timeout(GOODBYE_TIME, connection.closed()).await;
}
