//! The fast path of a peer that keeps to no rule: it agrees on keys as the dialler, and seals whatever it is given.

use std::sync::{Mutex, PoisonError};

use iroh::endpoint::Connection;
use rayfish_native::fast::header::{HEADER, Index, Kind, OVERHEAD};
use rayfish_native::fast::keys::{
    Agreement, EXPORTER_LABEL, LocalOffer, Role, Secret, agree, exporter_context,
};
use rayfish_native::fast::offer::{Ciphers, Message};

/// What it takes for others' datagrams; none comes.
const INDEX: u32 = 0x66_6666;

/// Keys of generation 0, as far as they are made.
#[derive(Default)]
pub struct Sealing {
    asked: Mutex<Option<LocalOffer>>,
    agreed: Mutex<Option<Agreement>>,
}

impl Sealing {
    /// The control message that asks for keys.
    ///
    /// # Errors
    /// Where there are no random numbers.
    pub fn ask(&self) -> Result<Vec<u8>, String> {
        let index = Index::new(INDEX).ok_or("no such index")?;
        let offer = LocalOffer::generate(0, index, Ciphers::offered(false))
            .map_err(|error| error.to_string())?;
        let message = Message::Offer(*offer.offer()).encode();
        *lock(&self.asked) = Some(offer);
        Ok(message)
    }

    /// Takes a control message; true where it was the answer and there are keys now.
    pub fn receive(&self, message: &[u8], connection: &Connection) -> bool {
        let Ok(Message::Offer(theirs)) = Message::parse(message) else {
            return false;
        };
        let Some(ours) = lock(&self.asked).take() else {
            return false;
        };
        let secret = Secret::export(|secret| {
            connection.export_keying_material(secret, EXPORTER_LABEL, &exporter_context())
        });
        let agreed = secret
            .ok()
            .and_then(|secret| agree(ours, &theirs, Role::Dialler, &secret).ok());
        let made = agreed.is_some();
        *lock(&self.agreed) = agreed;
        made
    }

    /// The datagram that holds these bytes as something of that kind; sending it is somebody else's business.
    ///
    /// # Errors
    /// Where there are no keys, or it is too long.
    pub fn seal(&self, kind: Kind, content: &[u8]) -> Result<Vec<u8>, String> {
        let agreed = lock(&self.agreed);
        let sealer = &agreed.as_ref().ok_or("there are no keys")?.sealer;
        let counter = sealer.reserve(1).ok_or("the key is used up")?;
        let mut datagram = vec![0; content.len() + OVERHEAD];
        if let Some(room) = datagram.get_mut(HEADER..HEADER + content.len()) {
            room.copy_from_slice(content);
        }
        sealer
            .seal(counter, kind, &mut datagram)
            .map_err(|error| format!("{error:?}"))?;
        Ok(datagram)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
