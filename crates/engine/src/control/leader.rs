//! Leading: waiting for the lease, and holding it for as long as it can be renewed.
//!
//! Invariant: whoever could not renew the lease stops before anybody else may take it, even when the
//! hub does not answer at all.

use tokio::time::{Instant, sleep, timeout_at};

use super::Clock;
use super::lease::{self, Attempt, GIVE_UP, Observation, RETRY};
use crate::apply::Writer;
use crate::error::Error;
use crate::fleet::Fleet;

/// A candidate for the lease, or its holder.
pub(super) struct Leader<'a> {
    fleet: &'a Fleet,
    writer: &'a Writer,
    clock: &'a Clock,
    identity: &'a str,
    seen: Observation,
    renewed: Instant,
}

impl<'a> Leader<'a> {
    pub(super) fn new(
        fleet: &'a Fleet,
        writer: &'a Writer,
        clock: &'a Clock,
        identity: &'a str,
    ) -> Self {
        let (seen, renewed) = (Observation::default(), Instant::now());
        Self { fleet, writer, clock, identity, seen, renewed }
    }

    async fn attempt(&mut self) -> Result<Attempt, Error> {
        let now = (self.clock)();
        // The lease counts from before it was written, as whoever waits cannot see it later.
        let began = Instant::now();
        let tried =
            lease::attempt(self.fleet, self.writer, self.identity, &mut self.seen, now).await;
        if tried == Ok(Attempt::Held) {
            self.renewed = began;
        }
        tried
    }

    /// Waits until the lease is ours.
    ///
    /// # Errors
    /// When the hub refuses; a hub that does not answer is asked again.
    pub(super) async fn lead(&mut self) -> Result<(), Error> {
        let identity = self.identity;
        loop {
            match self.attempt().await {
                Ok(Attempt::Held) => break,
                Ok(Attempt::Other { holder }) => {
                    tracing::debug!(identity, holder, "another controller holds the lease");
                }
                Ok(Attempt::Raced) => {}
                Err(error) if error.is_passing() => tracing::warn!(%error, "taking the lease"),
                Err(error) => return Err(error),
            }
            sleep(RETRY).await;
        }
        tracing::info!(identity, "holding the lease");
        Ok(())
    }

    /// Renews the lease until it is lost; why.
    pub(super) async fn hold(&mut self) -> Error {
        let mut lost = Error::Invalid("somebody else writes it all the time".to_owned());
        loop {
            let last = self.renewed + GIVE_UP;
            let tried = timeout_at(last, async {
                sleep(RETRY).await;
                self.attempt().await
            });
            match tried.await {
                Ok(Ok(Attempt::Held | Attempt::Raced)) => {}
                Ok(Ok(Attempt::Other { holder })) => {
                    return Error::Invalid(format!("the lease was taken by {holder}"));
                }
                Ok(Err(error)) => {
                    tracing::warn!(%error, "renewing the lease");
                    lost = error;
                }
                Err(_) => return lost.within("the lease could not be renewed in time"),
            }
        }
    }
}
