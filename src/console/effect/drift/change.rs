//! What an action that would put an object back says of the change: which fields, who, and when.

use jiff::Timestamp;
use mizzen_engine::plan::{Action, Reason};

use crate::console::effect::intent::is_bookkeeping;

/// Fields that are named one by one.
const NAMED: usize = 2;

/// A change that somebody made to a delivered object.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Change {
    /// The fields, in a few words.
    pub(crate) fields: String,
    /// Their writers; empty when the object names none.
    pub(crate) who: String,
    /// When the first of them wrote.
    pub(crate) since: Option<Timestamp>,
}

/// The change that an action undoes. What no one else wrote was completed by the server, or is on its
/// way: that is no change, unless a field was taken away, which leaves no writer.
pub(crate) fn change(action: &Action) -> Option<Change> {
    action.request.as_ref()?;
    let by = match &action.reason {
        Reason::Drifted { by } => by.as_slice(),
        Reason::RecreateField { .. } => &[],
        _ => return None,
    };
    let changes: Vec<_> =
        action.diff.changes.iter().filter(|change| !is_bookkeeping(change)).collect();
    let taken_away = changes.iter().any(|change| change.before.is_none());
    if changes.is_empty() || by.is_empty() && !taken_away {
        return None;
    }
    let mut fields: Vec<&str> = changes.iter().map(|change| change.path.as_str()).collect();
    let more = fields.len().saturating_sub(NAMED);
    fields.truncate(NAMED);
    let mut fields = fields.join(", ");
    if more > 0 {
        fields = format!("{fields} and {more} more");
    }
    let mut names: Vec<&str> = by.iter().map(|editor| editor.manager.as_str()).collect();
    names.dedup();
    let times = by.iter().filter_map(|editor| editor.time.parse().ok());
    Some(Change { fields, who: names.join(", "), since: times.min() })
}
