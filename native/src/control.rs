//! The control stream's framing: a preface that names the sender's run, then length-prefixed messages.
//!
//! What the messages say is TypeScript's business (`src/helper/control-protocol.ts`); here they are bytes with a bound.
//! The form on the wire is in docs/protocol.md.

use std::time::{Duration, Instant};

use bytes::{BufMut, Bytes, BytesMut};
use iroh::endpoint::{SendStream, WriteError};
use tokio::io::{AsyncRead, AsyncReadExt};

/// Longest control message in bytes.
pub const MAX_MESSAGE: usize = 4096;

/// Messages a peer may send in a burst before its connection is closed; refilled at [`MESSAGES_PER_SECOND`].
const MESSAGE_BURST: f64 = 128.0;
const MESSAGES_PER_SECOND: f64 = 16.0;

/// Why a control stream ended.
#[derive(Debug)]
pub enum ControlError {
    /// The stream or its connection is gone.
    Gone(String),
    /// The other end broke the framing or its limits.
    Protocol(&'static str),
}

impl std::fmt::Display for ControlError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Gone(detail) => f.write_str(detail),
            Self::Protocol(fault) => f.write_str(fault),
        }
    }
}

impl From<std::io::Error> for ControlError {
    fn from(error: std::io::Error) -> Self {
        Self::Gone(error.to_string())
    }
}

impl From<WriteError> for ControlError {
    fn from(error: WriteError) -> Self {
        Self::Gone(error.to_string())
    }
}

/// Sends the opening of the stream: our `instance` (a random number of this run) and our hello.
pub async fn write_opening(
    send: &mut SendStream,
    instance: u64,
    hello: &[u8],
) -> Result<(), ControlError> {
    let mut opening = BytesMut::with_capacity(8 + 2 + hello.len());
    opening.put_u64(instance);
    put_message(&mut opening, hello)?;
    send.write_all(&opening).await?;
    Ok(())
}

/// Reads the other end's opening: its instance and its hello.
pub async fn read_opening(
    recv: &mut (impl AsyncRead + Unpin),
) -> Result<(u64, Bytes), ControlError> {
    let mut instance = [0; 8];
    recv.read_exact(&mut instance).await?;
    let hello = read_message(recv).await?;
    Ok((u64::from_be_bytes(instance), hello))
}

/// Sends one message.
pub async fn write_message(send: &mut SendStream, message: &[u8]) -> Result<(), ControlError> {
    let mut frame = BytesMut::with_capacity(2 + message.len());
    put_message(&mut frame, message)?;
    send.write_all(&frame).await?;
    Ok(())
}

/// Reads one message of at most [`MAX_MESSAGE`] bytes. Not cancel-safe: a dropped read loses the stream's framing.
pub async fn read_message(recv: &mut (impl AsyncRead + Unpin)) -> Result<Bytes, ControlError> {
    let mut length = [0; 2];
    recv.read_exact(&mut length).await?;
    let length = usize::from(u16::from_be_bytes(length));
    if length > MAX_MESSAGE {
        return Err(ControlError::Protocol("control message too long"));
    }
    let mut message = BytesMut::zeroed(length);
    recv.read_exact(&mut message).await?;
    Ok(message.freeze())
}

fn put_message(frame: &mut BytesMut, message: &[u8]) -> Result<(), ControlError> {
    if message.len() > MAX_MESSAGE {
        return Err(ControlError::Protocol("control message too long"));
    }
    // MAX_MESSAGE fits in 16 bits.
    frame.put_u16(message.len() as u16);
    frame.put_slice(message);
    Ok(())
}

/// How many control messages one connection may still send.
pub struct MessageBudget {
    tokens: f64,
    at: Instant,
}

impl MessageBudget {
    /// A full budget.
    pub fn new(now: Instant) -> Self {
        Self {
            tokens: MESSAGE_BURST,
            at: now,
        }
    }

    /// Takes one message off the budget; false when the sender is too fast.
    pub fn take(&mut self, now: Instant) -> bool {
        let passed = now.saturating_duration_since(self.at);
        self.at = now;
        self.tokens = (self.tokens
            + passed.min(Duration::from_secs(3600)).as_secs_f64() * MESSAGES_PER_SECOND)
            .min(MESSAGE_BURST);
        if self.tokens < 1.0 {
            return false;
        }
        self.tokens -= 1.0;
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_passes_and_a_flood_does_not() {
        let start = Instant::now();
        let mut budget = MessageBudget::new(start);
        assert!((0..128).all(|_| budget.take(start)));
        assert!(!budget.take(start));
        assert!(budget.take(start + Duration::from_secs(1)));
    }

    #[test]
    fn a_message_over_the_limit_is_not_framed() {
        let mut frame = BytesMut::new();
        assert!(put_message(&mut frame, &[0; MAX_MESSAGE + 1]).is_err());
        assert!(frame.is_empty());
        assert!(put_message(&mut frame, &[7; MAX_MESSAGE]).is_ok());
        assert_eq!(frame.len(), 2 + MAX_MESSAGE);
    }
}
