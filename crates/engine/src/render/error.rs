//! What can go wrong while rendering, and how it is told.
//!
//! The layout of a failed template (user errors, parameter errors, template errors) is upstream's,
//! because people and scripts read it in the Application's conditions.

use super::failure::Failure;

/// A failed render. Every variant names the object it was rendering.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
pub enum RenderError {
    /// A name that no definition has.
    #[error("{kind} definition `{name}` is not known; install it or correct the type")]
    UnknownDefinition {
        /// `component`, `trait`, `policy` or `workflow-step`.
        kind: &'static str,
        /// The name that was looked up.
        name: String,
    },
    /// A definition whose text or object cannot be used.
    #[error("definition `{name}`: {reason}")]
    BadDefinition {
        /// The definition.
        name: String,
        /// What is wrong, with the position where there is one.
        reason: String,
    },
    /// The application itself cannot be read.
    #[error("application `{app}`: {reason}")]
    BadApplication {
        /// The application.
        app: String,
        /// What is wrong.
        reason: String,
    },
    /// The template did not accept the values, or reported errors itself.
    #[error("{0}")]
    Template(Box<TemplateError>),
    /// A template's text is no CUE.
    #[error("{what}: {reason}")]
    Uncompiled {
        /// What was being compiled.
        what: String,
        /// Why it cannot be.
        reason: Box<Failure>,
    },
    /// A patch could not be merged.
    #[error("invalid patch trait {name} into {what}: {reason}")]
    Patch {
        /// `workload` or the auxiliary's name.
        what: String,
        /// The trait.
        name: String,
        /// Why.
        reason: Box<Failure>,
    },
    /// A workflow step's template does not evaluate.
    #[error("step definition `{name}`: {reason}")]
    Step {
        /// The definition.
        name: String,
        /// Why.
        reason: Box<Failure>,
    },
    /// An output of a step is looked for where nothing is (`LookUpNotFoundErr` of kubevela/workflow).
    #[error("failed to lookup value: var(path={path}) not exist")]
    NoVariable {
        /// Where it was looked for.
        path: String,
    },
    /// The result is no Kubernetes object.
    #[error("{what} of {name} is no Kubernetes object: {reason}")]
    NoObject {
        /// `output` or `outputs.<name>`.
        what: String,
        /// The component or trait.
        name: String,
        /// What is missing.
        reason: String,
    },
    /// A policy that places or overrides components cannot be carried out.
    #[error("policy `{name}`: {reason}")]
    Policy {
        /// The policy.
        name: String,
        /// Why.
        reason: String,
    },
    /// The template asks for something that rendering does not do.
    #[error("{name}: {what} is not supported while rendering")]
    Unsupported {
        /// The definition.
        name: String,
        /// What was asked.
        what: String,
    },
}

impl RenderError {
    /// The broad class, for comparing and for deciding whether waiting may help.
    #[must_use]
    pub fn class(&self) -> ErrorClass {
        match self {
            Self::Template(error) => error.class,
            Self::Patch { reason, .. }
            | Self::Step { reason, .. }
            | Self::Uncompiled { reason, .. } => reason.class(),
            Self::NoObject { .. } => ErrorClass::MissingKind,
            Self::NoVariable { .. }
            | Self::UnknownDefinition { .. }
            | Self::BadDefinition { .. }
            | Self::BadApplication { .. }
            | Self::Policy { .. }
            | Self::Unsupported { .. } => ErrorClass::Other,
        }
    }
}

/// Errors of one template, sorted into who can mend them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TemplateError {
    /// First line, such as `validation failed for trait gateway`.
    pub head: String,
    /// What the template itself reported through `errs`.
    pub user: Vec<String>,
    /// What is wrong with the parameters.
    pub parameter: Vec<String>,
    /// What is wrong inside the template.
    pub template: Vec<String>,
    /// Class of the first error, for comparing with recordings.
    pub class: ErrorClass,
}

/// Broad classes of evaluation errors.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ErrorClass {
    /// `errs` or `error()`.
    User,
    /// A field that a closed struct refuses.
    NotAllowed,
    /// Values that do not unify.
    Conflict,
    /// A `!` field that is not there.
    MissingRequired,
    /// A name that does not exist.
    Reference,
    /// A cycle.
    Cycle,
    /// A needed value is missing or not concrete.
    Incomplete,
    /// A call that failed.
    Eval,
    /// A JSON patch operation that failed.
    PatchOperation,
    /// The text does not compile.
    Compile,
    /// The text does not parse.
    Syntax,
    /// The result has no kind.
    MissingKind,
    /// Anything else.
    Other,
}

impl ErrorClass {
    /// The class as recordings name it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::NotAllowed => "not_allowed",
            Self::Conflict => "conflict",
            Self::MissingRequired => "missing_required",
            Self::Reference => "reference",
            Self::Cycle => "cycle",
            Self::Incomplete => "incomplete",
            Self::Eval => "eval",
            Self::PatchOperation => "patch_operation",
            Self::Compile => "compile",
            Self::Syntax => "syntax",
            Self::MissingKind => "missing_kind",
            Self::Other => "other",
        }
    }
}

impl std::fmt::Display for TemplateError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(f, "{}:", self.head)?;
        let blocks = [
            ("User Errors", &self.user),
            ("Parameter errors", &self.parameter),
            ("Template errors", &self.template),
        ];
        for (title, lines) in blocks {
            if !lines.is_empty() {
                write!(f, "\n{title}:")?;
                for line in lines {
                    write!(f, "\n  {line}")?;
                }
            }
        }
        Ok(())
    }
}
