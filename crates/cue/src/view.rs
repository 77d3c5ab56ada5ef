//! What of a value is shown when it is printed as CUE.

/// What of a value is shown when it is printed as CUE. The default shows regular fields only, disjunctions with all
/// their terms.
#[derive(Clone, Copy, Debug, Default)]
pub struct View {
    pub(crate) defaults: bool,
    pub(crate) optional: bool,
    pub(crate) definitions: bool,
    pub(crate) hidden: bool,
    pub(crate) attributes: bool,
    pub(crate) docs: bool,
    pub(crate) errors: bool,
}

impl View {
    /// Defaults instead of disjunctions, lists closed.
    #[must_use]
    pub fn defaults(mut self, on: bool) -> Self {
        self.defaults = on;
        self
    }

    /// Fields with `?`.
    #[must_use]
    pub fn optional(mut self, on: bool) -> Self {
        self.optional = on;
        self
    }

    /// Definitions.
    #[must_use]
    pub fn definitions(mut self, on: bool) -> Self {
        self.definitions = on;
        self
    }

    /// Hidden fields.
    #[must_use]
    pub fn hidden(mut self, on: bool) -> Self {
        self.hidden = on;
        self
    }

    /// Attributes of fields.
    #[must_use]
    pub fn attributes(mut self, on: bool) -> Self {
        self.attributes = on;
        self
    }

    /// Doc comments of fields.
    #[must_use]
    pub fn docs(mut self, on: bool) -> Self {
        self.docs = on;
        self
    }

    /// Errors where they are, instead of one for the whole.
    #[must_use]
    pub fn errors(mut self, on: bool) -> Self {
        self.errors = on;
        self
    }
}
