//! Probes: a round trip through the peer's carrier, without either kernel. Content: `[kind][nonce: 8 bytes]`.

use std::collections::HashMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::{BufMut, Bytes, BytesMut};
use tokio::sync::oneshot;

use crate::fragment::CONTEXT_PROBE;

/// Probes that may wait for their answers on one connection.
const MAX_WAITING: usize = 64;

const KIND_CALL: u8 = 0;
const KIND_ANSWER: u8 = 1;
const KIND_PADDING: u8 = 2;

/// Bytes of a probe's content; by the fast path padding follows.
const CONTENT: usize = 9;

/// A probe to send, as often as one likes, and what resolves when the first answer comes.
pub type Call = (Bytes, oneshot::Receiver<()>);

/// Probes of one connection that wait for their answers.
#[derive(Default)]
pub struct Probes {
    next: AtomicU64,
    waiting: Mutex<HashMap<u64, oneshot::Sender<()>>>,
}

impl Probes {
    /// A new probe. `None` while too many wait.
    pub fn start(&self) -> Option<Call> {
        let nonce = self.next.fetch_add(1, Ordering::Relaxed);
        let (answered, answer) = oneshot::channel();
        let mut waiting = self.waiting.lock().ok()?;
        waiting.retain(|_, sender| !sender.is_closed());
        if waiting.len() >= MAX_WAITING {
            return None;
        }
        waiting.insert(nonce, answered);
        Some((datagram(KIND_CALL, nonce), answer))
    }

    /// Handles a probe's content, padding behind it or not; returns the datagram to send where it asks for an answer.
    pub fn receive(&self, content: &[u8]) -> Option<Bytes> {
        let (&kind, rest) = content.split_first()?;
        let nonce = u64::from_be_bytes(*rest.first_chunk()?);
        match kind {
            KIND_CALL => Some(datagram(KIND_ANSWER, nonce)),
            KIND_ANSWER => {
                if let Some(answered) = self.waiting.lock().ok()?.remove(&nonce) {
                    let _ = answered.send(());
                }
                None
            }
            _ => None,
        }
    }
}

/// Content of a probe that nobody answers: that it arrives is what it says.
pub const fn padding() -> [u8; CONTENT] {
    let mut content = [0; CONTENT];
    content[0] = KIND_PADDING;
    content
}

fn datagram(kind: u8, nonce: u64) -> Bytes {
    let mut datagram = BytesMut::with_capacity(1 + CONTENT);
    datagram.put_u8(CONTEXT_PROBE);
    datagram.put_u8(kind);
    datagram.put_u64(nonce);
    datagram.freeze()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_resolves_its_probe() {
        let (here, there) = (Probes::default(), Probes::default());
        let (call, mut answer) = here.start().unwrap();
        let reply = there.receive(&call[1..]).unwrap();
        assert!(answer.try_recv().is_err());
        assert!(here.receive(&reply[1..]).is_none());
        assert!(answer.try_recv().is_ok());
    }

    #[test]
    fn probes_without_answers_are_bounded_and_forgotten() {
        let probes = Probes::default();
        let held: Vec<_> = (0..MAX_WAITING).map(|_| probes.start().unwrap()).collect();
        assert!(probes.start().is_none());
        drop(held);
        assert!(probes.start().is_some());
    }

    #[test]
    fn malformed_probes_are_ignored() {
        let probes = Probes::default();
        assert!(probes.receive(&[]).is_none());
        assert!(probes.receive(&[KIND_CALL, 1, 2]).is_none());
        assert!(probes.receive(&[9, 0, 0, 0, 0, 0, 0, 0, 0]).is_none());
    }
}
