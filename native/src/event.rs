//! What the data plane tells TypeScript.

use napi::Status;
use napi::bindgen_prelude::Buffer;
use napi::threadsafe_function::{ThreadsafeFunction, ThreadsafeFunctionCallMode};
use napi_derive::napi;

/// Something that happened. `connection` numbers are unique within a run: an event about an older connection than
/// the newest `connected` of that peer is stale.
#[napi(discriminant = "kind", discriminant_case = "kebab-case")]
pub enum NativeEvent {
    /// Both ends admitted each other; `remote` is the outer address or relay URL, `incoming` whether they dialled.
    Connected {
        id: String,
        connection: u32,
        incoming: bool,
        remote: String,
    },
    /// A control message; the first after `connected` is the peer's hello.
    Message {
        id: String,
        connection: u32,
        data: Buffer,
    },
    /// The connection is over. `reason`: removed, replaced, not-accepted, bye, protocol-broken, busy, remote-closed,
    /// timed-out, reset, silent, moved, local, error.
    Closed {
        id: String,
        connection: u32,
        reason: String,
        detail: String,
    },
    /// A stranger connected, presented its hello and was turned away.
    Request {
        id: String,
        hello: Buffer,
        remote: String,
    },
    /// A packet wants to go to a peer that is not connected (at most once a second for each peer).
    Wanted { id: String },
    /// mDNS saw a peer of the table at these outer addresses (`ip:port`).
    Discovered { id: String, addresses: Vec<String> },
    /// The peer's open or selected paths changed: read `stats`.
    Path { id: String, connection: u32 },
    /// Our own reachable outer addresses changed.
    Addresses {
        direct: Vec<String>,
        relay: Option<String>,
    },
    /// The tunnel device cannot be read any more.
    TunLost { detail: String },
    /// The endpoint died of itself (its sockets are gone): nothing connects any more, start another.
    EndpointLost { detail: String },
    /// mDNS could not be started.
    MdnsFailed { detail: String },
}

/// The callback as it crosses threads. Weak: events never keep the process alive.
pub type EventCallback = ThreadsafeFunction<NativeEvent, (), NativeEvent, Status, false, true>;

/// Where events go. Every source of events is bounded where it arises, so the queue to JavaScript is not.
pub struct Events {
    callback: EventCallback,
}

impl Events {
    /// Wraps the callback TypeScript gave.
    pub fn new(callback: EventCallback) -> Self {
        Self { callback }
    }

    /// Queues one event; after the JavaScript side is gone this does nothing.
    pub fn send(&self, event: NativeEvent) {
        self.callback
            .call(event, ThreadsafeFunctionCallMode::NonBlocking);
    }
}
