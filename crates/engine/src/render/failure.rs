//! What an evaluation says when it fails: messages with their paths, and the class of the first.

use mizzen_cue::{Class, Error};

use super::error::ErrorClass;

/// A failed evaluation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    messages: Vec<Message>,
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Message {
    pub(crate) class: ErrorClass,
    /// Path in the evaluated value; empty at its root.
    pub(crate) path: String,
    pub(crate) text: String,
}

impl Failure {
    pub(crate) fn new(class: ErrorClass, text: impl Into<String>) -> Self {
        Self { messages: vec![Message { class, path: String::new(), text: text.into() }] }
    }

    /// Messages that a template reported through `errs`.
    pub(crate) fn user(texts: Vec<String>) -> Self {
        let message = |text| Message { class: ErrorClass::User, path: String::new(), text };
        Self { messages: texts.into_iter().map(message).collect() }
    }

    /// A JSON patch operation that failed.
    pub(crate) fn operation(text: &str) -> Self {
        Self::new(ErrorClass::PatchOperation, text)
    }

    /// The class that counts where several things are wrong.
    #[must_use]
    pub fn class(&self) -> ErrorClass {
        self.messages.iter().map(|message| message.class).min().unwrap_or(ErrorClass::Other)
    }

    /// Only the first thing that is wrong: what follows a syntax error is often its echo.
    pub(crate) fn first(mut self) -> Self {
        self.messages.truncate(1);
        self
    }

    pub(crate) fn messages(&self) -> &[Message] {
        &self.messages
    }

    pub(crate) fn extend(&mut self, other: Self) {
        self.messages.extend(other.messages);
    }
}

impl std::fmt::Display for Message {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.path.as_str() {
            "" => write!(f, "{}", self.text),
            path => write!(f, "{path}: {}", self.text),
        }
    }
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (index, message) in self.messages.iter().enumerate() {
            let gap = if index == 0 { "" } else { "; " };
            write!(f, "{gap}{message}")?;
        }
        Ok(())
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let class = error.class();
        if error.messages().is_empty() {
            let class = if class.is_none() { ErrorClass::Other } else { class_of(class, "") };
            let class = match &error {
                Error::NotFound { .. } => ErrorClass::Incomplete,
                _ => class,
            };
            return Self::new(class, error.to_string());
        }
        let message = |message: &mizzen_cue::Message| Message {
            class: class_of(class, &message.text),
            path: message.path.clone(),
            text: message.text.clone(),
        };
        Self { messages: error.messages().iter().map(message).collect() }
    }
}

/// Wordings of the reference that tell what kind of evaluation error it is; anything else that is
/// wrong for good is a conflict.
const WORDINGS: &[(&str, ErrorClass)] = &[
    ("field not allowed", ErrorClass::NotAllowed),
    ("field is required but not present", ErrorClass::MissingRequired),
    ("reference \"", ErrorClass::Reference),
    ("imported and not used", ErrorClass::Compile),
    // A validator that fails over its own argument says both; the value is what is wrong.
    ("(does not satisfy ", ErrorClass::Conflict),
    ("error in call to", ErrorClass::Eval),
    ("division by zero", ErrorClass::Eval),
    ("is superseded by list.", ErrorClass::Eval),
    ("invalid interpolation: cannot use", ErrorClass::Eval),
    ("invalid operand", ErrorClass::Eval),
    ("structural cycle", ErrorClass::Cycle),
    ("cycle", ErrorClass::Cycle),
];

fn class_of(class: Option<Class>, text: &str) -> ErrorClass {
    let worded = WORDINGS.iter().find(|(part, _)| text.contains(part)).map(|(_, class)| *class);
    match class {
        Some(Class::Syntax) => ErrorClass::Syntax,
        Some(Class::User) => ErrorClass::User,
        Some(Class::StructuralCycle | Class::Cycle) => ErrorClass::Cycle,
        Some(Class::Incomplete) => match worded {
            Some(ErrorClass::MissingRequired) => ErrorClass::MissingRequired,
            _ => ErrorClass::Incomplete,
        },
        Some(Class::Eval) => worded.unwrap_or(ErrorClass::Conflict),
        None => ErrorClass::Other,
    }
}
