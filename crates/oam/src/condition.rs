//! Conditions: what is known of an object, each with the time it last changed.
//!
//! Invariant: one condition of a type. Setting an equal one changes nothing, its time included.

use serde::{Deserialize, Serialize};

use crate::is_default;
use crate::time::Time;

/// One condition.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Condition {
    /// What it is about, such as `Ready`.
    #[serde(rename = "type")]
    pub condition_type: String,
    /// `True`, `False` or `Unknown`.
    pub status: String,
    /// When it last changed.
    pub last_transition_time: Time,
    /// Why, in one word.
    pub reason: String,
    /// Why, for a person.
    #[serde(skip_serializing_if = "is_default")]
    pub message: String,
}

impl Condition {
    /// `True` because it is there.
    #[must_use]
    pub fn available(condition_type: &str, now: Time) -> Self {
        Self::new(condition_type, "True", "Available", String::new(), now)
    }

    /// `True` after a whole reconcile.
    #[must_use]
    pub fn success(condition_type: &str, now: Time) -> Self {
        Self::new(condition_type, "True", "ReconcileSuccess", String::new(), now)
    }

    /// `False` because of an error.
    #[must_use]
    pub fn error(condition_type: &str, message: String, now: Time) -> Self {
        Self::new(condition_type, "False", "ReconcileError", message, now)
    }

    /// `False` because things are being deleted.
    #[must_use]
    pub fn deleting(condition_type: &str, message: String, now: Time) -> Self {
        Self::new(condition_type, "False", "Deleting", message, now)
    }

    fn new(condition_type: &str, status: &str, reason: &str, message: String, now: Time) -> Self {
        Self {
            condition_type: condition_type.to_owned(),
            status: status.to_owned(),
            last_transition_time: now,
            reason: reason.to_owned(),
            message,
        }
    }

    /// Equal but for the time.
    #[must_use]
    pub fn same_as(&self, other: &Self) -> bool {
        (&self.condition_type, &self.status, &self.reason, &self.message)
            == (&other.condition_type, &other.status, &other.reason, &other.message)
    }
}

/// Sets a condition in a list: replaces the one of its type, or adds it at the end.
pub fn set_condition(conditions: &mut Vec<Condition>, new: Condition) {
    match conditions.iter_mut().find(|known| known.condition_type == new.condition_type) {
        Some(known) if known.same_as(&new) => {}
        Some(known) => *known = new,
        None => conditions.push(new),
    }
}

#[cfg(test)]
mod tests {
    use super::{Condition, set_condition};
    use crate::time::Time;

    #[test]
    fn an_equal_condition_keeps_its_time() {
        let early = Time(Some("2024-01-01T00:00:00Z".parse().expect("a time")));
        let late = Time(Some("2024-01-01T00:00:09Z".parse().expect("a time")));
        let mut list = vec![Condition::available("Parsed", early)];
        set_condition(&mut list, Condition::available("Parsed", late));
        assert_eq!(list, [Condition::available("Parsed", early)]);
        set_condition(&mut list, Condition::error("Parsed", "no".to_owned(), late));
        set_condition(&mut list, Condition::available("Render", late));
        assert_eq!(list.len(), 2);
        assert_eq!(list[0].last_transition_time, late);
    }
}
