//! Only one controller acts at a time: the lease of upstream's name, so that ours and upstream's never
//! act at once.
//!
//! The decision is a pure function of the stored lease and of whether it has expired; whoever holds the
//! lease renews it, whoever does not waits until it has expired. A lease expires by the watch of whoever
//! waits: it has not been seen to change for its duration. The times in it are another machine's and
//! decide nothing. Source: client-go's leader election with KubeVela's settings (lease 15 s, renewal
//! 10 s, retry 2 s).

use std::time::Duration;

use jiff::Timestamp;
use mizzen_oam::{LOCAL_CLUSTER, SYSTEM_NAMESPACE};
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::apply::Writer;
use crate::error::Error;
use crate::fleet::Fleet;
use crate::plan::ObjectId;

/// Name of the lease.
pub const LEASE: &str = "kubevela";
/// A lease that was not renewed for so long is free.
pub const DURATION: Duration = Duration::from_secs(15);
/// The holder renews, and others look, this often.
pub const RETRY: Duration = Duration::from_secs(2);
/// A holder that could not renew for so long steps down.
pub const GIVE_UP: Duration = Duration::from_secs(10);
/// One attempt may take so long.
const ATTEMPT: Duration = Duration::from_secs(5);

/// How an attempt ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Attempt {
    /// The lease is ours until it expires.
    Held,
    /// Somebody else holds it.
    Other {
        /// Who.
        holder: String,
    },
    /// Somebody wrote it at the same time; who holds it is not known.
    Raced,
}

/// What a candidate has seen of the lease: how it stands, and since when.
#[derive(Debug, Default)]
pub struct Observation(Option<(Value, Instant)>);

impl Observation {
    /// Notes how the lease stands; whether it has stood so for longer than it lasts.
    fn expired(&mut self, stored: &Value, now: Instant) -> bool {
        let spec = &stored["spec"];
        let seconds = spec["leaseDurationSeconds"].as_u64().unwrap_or(DURATION.as_secs());
        match &self.0 {
            Some((known, since)) if known == spec => *since + Duration::from_secs(seconds) <= now,
            _ => {
                self.0 = Some((spec.clone(), now));
                false
            }
        }
    }
}

/// What to do about the lease.
#[derive(Clone, Debug, PartialEq)]
pub enum Decision {
    /// Nobody has ever held it: make it.
    Create(Value),
    /// It is ours, or free: write this over what was read.
    Take(Value),
    /// Someone else holds it.
    Wait {
        /// Who.
        holder: String,
    },
}

/// Decides about the lease for `identity`; `now` is only written.
#[must_use]
pub fn decide(stored: Option<&Value>, identity: &str, expired: bool, now: Timestamp) -> Decision {
    let Some(stored) = stored else {
        let spec = spec(identity, now, &json!({}));
        return Decision::Create(json!({
            "apiVersion": "coordination.k8s.io/v1",
            "kind": "Lease",
            "metadata": {"name": LEASE, "namespace": SYSTEM_NAMESPACE},
            "spec": spec,
        }));
    };
    let holder = stored["spec"]["holderIdentity"].as_str().unwrap_or_default();
    if holder != identity && !holder.is_empty() && !expired {
        return Decision::Wait { holder: holder.to_owned() };
    }
    let mut taken = stored.clone();
    taken["spec"] = spec(identity, now, &stored["spec"]);
    Decision::Take(taken)
}

fn spec(identity: &str, now: Timestamp, before: &Value) -> Value {
    let now = now.strftime("%Y-%m-%dT%H:%M:%S%.6fZ").to_string();
    let same = before["holderIdentity"] == identity;
    let acquired = if same { before["acquireTime"].clone() } else { json!(now) };
    let transitions = before["leaseTransitions"].as_i64().unwrap_or(-1);
    let transitions = if same { transitions.max(0) } else { transitions + 1 };
    json!({
        "holderIdentity": identity,
        "leaseDurationSeconds": DURATION.as_secs(),
        "acquireTime": acquired,
        "renewTime": now,
        "leaseTransitions": transitions,
    })
}

/// Tries once to take or renew the lease.
///
/// # Errors
/// When the lease cannot be read or written, or not in time.
pub async fn attempt(
    fleet: &Fleet,
    writer: &Writer,
    identity: &str,
    seen: &mut Observation,
    now: Timestamp,
) -> Result<Attempt, Error> {
    let tried = tokio::time::timeout(ATTEMPT, attempt_untimed(fleet, writer, identity, seen, now));
    tried.await.unwrap_or_else(|_| {
        Err(Error::Unreachable {
            cluster: LOCAL_CLUSTER.to_owned(),
            doing: "renew",
            object: Box::new(id()),
            why: format!("no answer within {} s", ATTEMPT.as_secs()),
        })
    })
}

async fn attempt_untimed(
    fleet: &Fleet,
    writer: &Writer,
    identity: &str,
    seen: &mut Observation,
    now: Timestamp,
) -> Result<Attempt, Error> {
    let id = id();
    let stored = fleet.get(&id).await?;
    let expired = stored.as_ref().is_some_and(|stored| seen.expired(stored, Instant::now()));
    let written = match decide(stored.as_ref(), identity, expired, now) {
        Decision::Wait { holder } => return Ok(Attempt::Other { holder }),
        Decision::Create(lease) => writer.create(&id, &lease, false).await,
        Decision::Take(lease) => writer.replace(&id, "", &lease, false).await,
    };
    match written {
        Ok(_) => Ok(Attempt::Held),
        Err(error) if error.is_conflict() => Ok(Attempt::Raced),
        Err(error) => Err(error),
    }
}

/// Gives the lease back, so that the next controller need not wait until it expires.
///
/// # Errors
/// When the lease cannot be read or written; what is not ours is left alone.
pub async fn release(
    fleet: &Fleet,
    writer: &Writer,
    identity: &str,
    now: Timestamp,
) -> Result<(), Error> {
    let id = id();
    let Some(stored) = fleet.get(&id).await? else { return Ok(()) };
    let Some(freed) = freed(&stored, identity, now) else { return Ok(()) };
    match writer.replace(&id, "", &freed, false).await {
        Err(error) if !error.is_conflict() => Err(error),
        _ => Ok(()),
    }
}

/// The lease without a holder, if `identity` holds it.
fn freed(stored: &Value, identity: &str, now: Timestamp) -> Option<Value> {
    if stored["spec"]["holderIdentity"] != identity {
        return None;
    }
    let mut freed = stored.clone();
    freed["spec"] = spec(identity, now, &stored["spec"]);
    freed["spec"]["holderIdentity"] = json!("");
    freed["spec"]["leaseDurationSeconds"] = json!(1);
    Some(freed)
}

fn id() -> ObjectId {
    ObjectId::on_hub("coordination.k8s.io/v1", "Lease", SYSTEM_NAMESPACE, LEASE)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).expect("a valid second")
    }

    fn taken(decision: Decision) -> Value {
        match decision {
            Decision::Create(lease) | Decision::Take(lease) => lease,
            Decision::Wait { holder } => panic!("{holder} holds it"),
        }
    }

    #[test]
    fn a_lease_is_made_renewed_waited_for_and_taken_over() {
        let made = taken(decide(None, "a", false, at(100)));
        assert_eq!(made["spec"]["leaseTransitions"], 0);
        let renewed = taken(decide(Some(&made), "a", false, at(105)));
        assert_eq!(renewed["spec"]["acquireTime"], made["spec"]["acquireTime"]);
        let waits = decide(Some(&renewed), "b", false, at(500));
        assert_eq!(waits, Decision::Wait { holder: "a".to_owned() });
        let over = taken(decide(Some(&renewed), "b", true, at(50)));
        assert_eq!(over["spec"]["holderIdentity"], "b");
        assert_eq!(over["spec"]["leaseTransitions"], 1);
    }

    #[test]
    fn a_lease_expires_by_the_watch_of_whoever_waits() {
        let first = taken(decide(None, "a", false, at(100)));
        let second = taken(decide(Some(&first), "a", false, at(102)));
        let (start, mut seen) = (Instant::now(), Observation::default());
        let after = |seconds| start + Duration::from_secs(seconds);
        assert!(!seen.expired(&first, start));
        assert!(!seen.expired(&first, after(14)));
        assert!(!seen.expired(&second, after(16)), "it was renewed");
        assert!(!seen.expired(&second, after(30)));
        assert!(seen.expired(&second, after(31)));
    }

    #[test]
    fn what_was_given_back_is_free_at_once() {
        let made = taken(decide(None, "a", false, at(100)));
        assert_eq!(freed(&made, "b", at(101)), None);
        let freed = freed(&made, "a", at(101)).expect("it is ours");
        let next = taken(decide(Some(&freed), "b", false, at(101)));
        assert_eq!(next["spec"]["holderIdentity"], "b");
        assert_eq!(next["spec"]["leaseDurationSeconds"], 15);
    }
}
