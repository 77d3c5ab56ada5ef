//! Why an action is taken, as a value; its text is for people.

/// Why an action is taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// It does not exist yet.
    Absent,
    /// It existed and is gone.
    Vanished,
    /// What is wanted differs from what was applied last.
    Changed,
    /// Someone else changed it since it was applied.
    Drifted {
        /// Who, newest first; empty when the object does not say.
        by: Vec<Editor>,
    },
    /// A field changed that a policy wants a new object for.
    RecreateField {
        /// Path of the field.
        path: String,
    },
    /// It is as wanted.
    Unchanged,
    /// A policy says it is read only.
    ReadOnly,
    /// A policy says it is applied once.
    ApplyOnce,
    /// Another application owns it and shares it.
    Shared {
        /// `namespace/name` of the owner.
        owner: String,
    },
    /// A policy lets the application take it over.
    TakeOver,
    /// It exists and no application owns it.
    NotManaged,
    /// Another application owns it.
    OwnedBy {
        /// `namespace/name` of the owner.
        owner: String,
    },
    /// It is no longer wanted.
    NotWanted,
    /// The application is deleted.
    ApplicationDeleted,
    /// A workflow step deleted it.
    DeletedByWorkflow,
    /// A policy or finalizer leaves it behind without owner.
    Orphaned,
    /// Other applications still share it.
    StillShared {
        /// `namespace/name` of each.
        by: Vec<String>,
    },
    /// What depends on it has to go first.
    DependentsFirst,
    /// It cannot be planned.
    Invalid(String),
}

/// Who last wrote a part of an object, from its managed fields.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Editor {
    /// Field manager, such as `kubectl-edit`.
    pub manager: String,
    /// `Apply` or `Update`.
    pub operation: String,
    /// When, as the object says; empty when it does not.
    pub time: String,
    /// Paths of the drifted fields that it owns.
    pub fields: Vec<String>,
}

impl std::fmt::Display for Reason {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Absent => f.write_str("does not exist yet"),
            Self::Vanished => f.write_str("existed and is gone"),
            Self::Changed => f.write_str("differs from what is wanted"),
            Self::Drifted { by } => drifted(f, by),
            Self::RecreateField { path } => write!(f, "{path} changed, which needs a new object"),
            Self::Unchanged => f.write_str("is as wanted"),
            Self::ReadOnly => f.write_str("is read only by policy"),
            Self::ApplyOnce => f.write_str("is applied once by policy"),
            Self::Shared { owner } => write!(f, "is shared by its owner {owner}"),
            Self::TakeOver => f.write_str("is taken over by policy"),
            Self::NotManaged => f.write_str("exists but is not managed by any application"),
            Self::OwnedBy { owner } => write!(f, "is managed by other application {owner}"),
            Self::NotWanted => f.write_str("is no longer wanted"),
            Self::ApplicationDeleted => f.write_str("its application is deleted"),
            Self::DeletedByWorkflow => f.write_str("was deleted by a workflow step"),
            Self::Orphaned => f.write_str("is left in place without owner"),
            Self::StillShared { by } => write!(f, "is still shared by {}", by.join(", ")),
            Self::DependentsFirst => f.write_str("waits until what depends on it is gone"),
            Self::Invalid(why) => f.write_str(why),
        }
    }
}

fn drifted(f: &mut std::fmt::Formatter<'_>, by: &[Editor]) -> std::fmt::Result {
    let names: Vec<&str> = by.iter().map(|editor| editor.manager.as_str()).collect();
    match names.as_slice() {
        [] => f.write_str("was changed from outside"),
        names => write!(f, "was changed from outside by {}", names.join(", ")),
    }
}
