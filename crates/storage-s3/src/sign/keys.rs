//! The signing keys that a client has derived.

use std::fmt;
use std::sync::{Mutex, PoisonError};

use ring::hmac;
use storage_core::Secret;

use crate::credentials::Credentials;
use crate::sign::v4::Scope;

/// Keys derived for a day, kept because deriving one costs more than all the rest of a signature.
///
/// A client signs with one identity for one region, or two around midnight or while credentials turn over, so a few
/// slots do. An entry answers only to the whole identity it was made of, the secret included: two sets of credentials
/// that share a name never share a key.
#[derive(Default)]
pub(crate) struct SigningKeys(Mutex<Slots>);

#[derive(Default)]
struct Slots {
    entries: Vec<Slot>,
    /// Which slot the next new key takes once all are used.
    oldest: usize,
}

struct Slot {
    access_key_id: String,
    secret: Secret,
    day: [u8; 8],
    region: String,
    service: String,
    key: hmac::Key,
}

impl SigningKeys {
    const SLOTS: usize = 8;

    /// Starts with no keys.
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// Returns the key of an identity for a day, a region and a service.
    pub(super) fn get(&self, credentials: &Credentials, day: &[u8; 8], scope: Scope<'_>) -> hmac::Key {
        // Nothing that holds the lock can panic half-way through a change.
        let mut slots = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(slot) = slots.entries.iter().find(|it| it.fits(credentials, day, scope)) {
            return slot.key.clone();
        }
        let slot = Slot::new(credentials, day, scope);
        let key = slot.key.clone();
        slots.keep(slot);
        key
    }
}

impl Slots {
    fn keep(&mut self, slot: Slot) {
        if self.entries.len() < SigningKeys::SLOTS {
            self.entries.push(slot);
            return;
        }
        if let Some(place) = self.entries.get_mut(self.oldest) {
            *place = slot;
        }
        self.oldest = (self.oldest + 1) % SigningKeys::SLOTS;
    }
}

impl Slot {
    fn new(credentials: &Credentials, day: &[u8; 8], scope: Scope<'_>) -> Self {
        Self {
            access_key_id: credentials.access_key_id.clone(),
            secret: credentials.secret_access_key.clone(),
            day: *day,
            region: scope.region.to_owned(),
            service: scope.service.to_owned(),
            key: derive(&credentials.secret_access_key, day, scope),
        }
    }

    fn fits(&self, credentials: &Credentials, day: &[u8; 8], scope: Scope<'_>) -> bool {
        self.day == *day
            && self.access_key_id == credentials.access_key_id
            && self.region == scope.region
            && self.service == scope.service
            && self.secret == credentials.secret_access_key
    }
}

/// Derives a key by the chain day, region, service, `aws4_request`.
fn derive(secret: &Secret, day: &[u8; 8], scope: Scope<'_>) -> hmac::Key {
    let start = Secret::new([b"AWS4", secret.expose().as_bytes()].concat());
    let steps: [&[u8]; 4] = [day, scope.region.as_bytes(), scope.service.as_bytes(), b"aws4_request"];
    steps.into_iter().fold(hmac::Key::new(hmac::HMAC_SHA256, start.expose()), |key, step| {
        hmac::Key::new(hmac::HMAC_SHA256, hmac::sign(&key, step).as_ref())
    })
}

impl fmt::Debug for SigningKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningKeys")
    }
}
