//! Compiled templates: every text is compiled once and evaluated many times.
//!
//! Invariant: what a text may import depends on what it is for, never on who asks. The cache is
//! keyed by the text itself, so a changed definition cannot meet an old template.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use mizzen_cue::syntax::ast::File;
use mizzen_cue::syntax::{Mode, Sources, parse_file};
use mizzen_cue::{Context, Limits, Source, Template, Value as Cue};
use serde_json::Value;

use super::definition::DefinitionKind;
use super::embedded::{RENDER_PACKAGES, STEP_PACKAGES};
use super::failure::Failure;

/// Texts that are kept compiled; beyond it the oldest use is not known, so all are dropped.
const MOST_TEMPLATES: usize = 4096;

/// What a text is for: decides what it may import and what is declared beside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Use {
    /// Template of a component or policy: `context` and `parameter` always exist.
    Component,
    /// Template of a trait: `context` exists, `parameter` only where properties are given.
    Trait {
        /// Properties are given.
        parameter: bool,
    },
    /// Template of a workflow step.
    Step,
    /// A status text with its inputs: nothing but the standard library.
    Status,
    /// An expression that brings its own declarations.
    Expression,
}

impl Use {
    pub(crate) fn of(kind: DefinitionKind, parameter: bool) -> Self {
        match kind {
            DefinitionKind::Trait => Self::Trait { parameter },
            DefinitionKind::WorkflowStep => Self::Step,
            DefinitionKind::Component | DefinitionKind::Policy | DefinitionKind::Workload => {
                Self::Component
            }
        }
    }

    /// Fields that exist whatever the template declares itself.
    fn declarations(self) -> &'static str {
        match self {
            Self::Trait { parameter: false } => "\ncontext: _\n",
            Self::Expression => "\n",
            _ => "\ncontext: _\nparameter: _\n",
        }
    }
}

/// Compiles texts and keeps them. Shared by everything that renders.
pub struct Compiler {
    render: Context,
    step: Context,
    plain: Context,
    templates: Mutex<Templates>,
}

/// By what a text is for and the text itself.
type Templates = HashMap<(Use, String), Arc<Result<Template, Failure>>>;

impl std::fmt::Debug for Compiler {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Compiler").finish_non_exhaustive()
    }
}

impl Compiler {
    /// A compiler that knows the built-in packages.
    ///
    /// # Errors
    /// When a built-in package does not parse, which a test excludes.
    pub fn new() -> Result<Self, Failure> {
        Ok(Self {
            render: with_packages(RENDER_PACKAGES, true)?,
            step: with_packages(STEP_PACKAGES, false)?,
            plain: with_packages(&[], true)?,
            templates: Mutex::default(),
        })
    }

    /// The compiled form of a text, from the cache where it was compiled before.
    pub(crate) fn template(&self, purpose: Use, text: &str) -> Result<Template, Failure> {
        let key = (purpose, text.to_owned());
        let known = self.lock().get(&key).cloned();
        let compiled = match known {
            Some(compiled) => compiled,
            None => {
                let source = format!("{text}{}", purpose.declarations());
                let source = Source::new("template.cue", source);
                let compiled = self.context(purpose).compile(&[source]).map_err(Failure::from);
                let compiled = Arc::new(compiled);
                let mut templates = self.lock();
                if templates.len() >= MOST_TEMPLATES {
                    templates.clear();
                }
                templates.insert(key, Arc::clone(&compiled));
                compiled
            }
        };
        match compiled.as_ref() {
            Ok(template) => Ok(template.clone()),
            Err(failure) => Err(failure.clone()),
        }
    }

    /// The value of a text that holds its inputs; nothing of it is kept.
    pub(crate) fn once(&self, purpose: Use, text: String) -> Result<Cue, Failure> {
        let template = self.context(purpose).compile(&[Source::new("template.cue", text)])?;
        Ok(template.eval().run()?)
    }

    pub(crate) fn context(&self, purpose: Use) -> &Context {
        match purpose {
            Use::Component | Use::Trait { .. } => &self.render,
            Use::Step => &self.step,
            Use::Status | Use::Expression => &self.plain,
        }
    }

    /// The syntax tree of a file.
    pub(crate) fn parse(&self, name: &str, text: &str) -> Result<File, String> {
        let mut sources = Sources::new();
        let parsed = parse_file(sources.add(name, text), text, Mode::All);
        match parsed.errors.first() {
            None => Ok(parsed.tree),
            Some(error) => Err(match sources.position(error.pos) {
                Some(position) => format!("{position}: {error}"),
                None => error.to_string(),
            }),
        }
    }

    /// The syntax tree of a text; the error says what is wrong and not where.
    pub(crate) fn parse_plainly(&self, text: &str) -> Result<File, String> {
        let parsed = parse_file(Sources::new().add("-", text), text, Mode::All);
        match parsed.errors.first() {
            None => Ok(parsed.tree),
            Some(error) => Err(error.to_string()),
        }
    }

    /// A text that stands for itself, as JSON.
    pub(crate) fn constants(&self, text: &str) -> Result<Value, String> {
        let source = Source::new("metadata.cue", text);
        let template = self.plain.compile(&[source]).map_err(|error| error.to_string())?;
        let value = template.eval().run().map_err(|error| error.to_string())?;
        value.to_serde().map_err(|error| error.to_string())
    }

    fn lock(&self) -> MutexGuard<'_, Templates> {
        self.templates.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A context that knows the packages. Templates and status texts written for older versions add lists;
/// steps never could.
fn with_packages(packages: &[(&str, &str)], lists: bool) -> Result<Context, Failure> {
    let mut context = Context::builder().limits(Limits::default()).list_arithmetic(lists).build();
    for (path, text) in packages {
        let file = path.rsplit('/').next().unwrap_or(path);
        let import = format!("vela/{}", file.trim_end_matches(".cue"));
        context.register_package(&import, &[Source::new(*path, *text)]).map_err(Failure::from)?;
    }
    Ok(context)
}
