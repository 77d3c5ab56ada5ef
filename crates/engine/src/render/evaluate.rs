//! Evaluation of templates: a component's, then its traits' one after the other on what came before.
//!
//! Invariant: the base stays a CUE value until the end, so that a patch still sees defaults and open
//! lists of the component's text. What is handed to a trait as `context` is concrete JSON.

use mizzen_cue::{Context, Fields, Validate, Value as Cue};
use serde_json::{Map, Value};

use super::compile::{Compiler, Use};
use super::definition::{Definition, DefinitionKind};
use super::error::{ErrorClass, RenderError, TemplateError};
use super::failure::Failure;
use super::number::normalised;
use super::{patch, provide};

/// What a component's template and the traits after it made.
#[derive(Clone, Debug)]
pub struct Evaluated {
    name: String,
    base: Option<Cue>,
    auxiliaries: Vec<Auxiliary>,
}

/// An entry of `outputs`.
#[derive(Clone, Debug)]
pub struct Auxiliary {
    /// Its key.
    pub name: String,
    /// Whose template made it.
    pub owner: Owner,
    value: Cue,
}

/// Whose template made an auxiliary object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Owner {
    /// The component's.
    Component,
    /// The trait's at this index among those applied.
    Trait(usize),
}

impl Auxiliary {
    /// The object, complete.
    ///
    /// # Errors
    /// When something in it is not concrete.
    pub fn object(&self) -> Result<Value, RenderError> {
        concrete(&self.value).map_err(|failure| manifest_error(&self.name, failure))
    }
}

impl Evaluated {
    /// Evaluates the template of a component or policy.
    ///
    /// # Errors
    /// When the template refuses the values, or reports errors itself.
    pub fn component(
        compiler: &Compiler,
        definition: &Definition,
        context: &Map<String, Value>,
        parameter: Option<&Value>,
    ) -> Result<Self, RenderError> {
        let name = context.get("name").and_then(Value::as_str).unwrap_or_default();
        let value = run(compiler, definition, context, parameter.or(Some(&Value::Null)))
            .and_then(checked)
            .map_err(|failure| template_error("workload", name, failure))?;
        let base = Some(value.lookup("output")).filter(Cue::exists);
        let auxiliaries = outputs(&value, &Owner::Component);
        Ok(Self { name: name.to_owned(), base, auxiliaries })
    }

    /// A base that is plain data.
    ///
    /// # Errors
    /// When the data is no CUE, which cannot happen for JSON.
    pub fn from_data(
        compiler: &Compiler,
        output: Option<&Value>,
        outputs: &Map<String, Value>,
    ) -> Result<Self, RenderError> {
        let context = compiler.context(Use::Component);
        let data = |value: &Value| {
            context.data(value).map_err(|e| template_error("workload", "", Failure::from(e)))
        };
        let base = output.map(data).transpose()?;
        let mut auxiliaries = Vec::new();
        for (name, value) in outputs {
            let value = data(value)?;
            auxiliaries.push(Auxiliary { name: name.clone(), owner: Owner::Component, value });
        }
        Ok(Self { name: String::new(), base, auxiliaries })
    }

    /// The completed parameter of a definition whose template renders nothing.
    ///
    /// # Errors
    /// When the template refuses the values, or something needed is missing.
    pub fn parameter(
        compiler: &Compiler,
        definition: &Definition,
        context: &Map<String, Value>,
        parameter: Option<&Value>,
    ) -> Result<Value, RenderError> {
        let told = |failure| template_error(definition.kind.word(), &definition.name, failure);
        let value = run(compiler, definition, context, parameter.or(Some(&Value::Null)))
            .and_then(checked)
            .map_err(told)?;
        concrete(&value.lookup("parameter")).map_err(told)
    }

    /// Evaluates a trait on what is there, and merges its patches.
    ///
    /// # Errors
    /// When what is there is not concrete, the template refuses the values, or a patch conflicts.
    pub fn apply(
        &mut self,
        compiler: &Compiler,
        definition: &Definition,
        context: &Map<String, Value>,
        parameter: Option<&Value>,
    ) -> Result<(), RenderError> {
        self.apply_as(0, compiler, definition, context, parameter, None)
    }

    /// As [`Self::apply`], for the trait at `index`; `live_status` is visible as
    /// `context.output.status`.
    pub(crate) fn apply_as(
        &mut self,
        index: usize,
        compiler: &Compiler,
        definition: &Definition,
        context: &Map<String, Value>,
        parameter: Option<&Value>,
        live_status: Option<&Value>,
    ) -> Result<(), RenderError> {
        let told = |failure| template_error("trait", &definition.name, failure);
        let context = self.trait_context(context, live_status).map_err(told)?;
        let value =
            run(compiler, definition, &context, parameter).and_then(checked).map_err(told)?;
        if value.lookup("processing").exists() {
            return Err(RenderError::Unsupported {
                name: definition.name.clone(),
                what: "`processing` (a request to a server)".to_owned(),
            });
        }
        self.auxiliaries.extend(outputs(&value, &Owner::Trait(index)));
        let cue = compiler.context(Use::Component);
        self.patch_base(cue, definition, &value)?;
        self.patch_auxiliaries(cue, definition, &value)
    }

    fn trait_context(
        &self,
        context: &Map<String, Value>,
        live_status: Option<&Value>,
    ) -> Result<Map<String, Value>, Failure> {
        let mut context = context.clone();
        if let Some(base) = &self.base {
            let mut output = base.to_serde().map_err(Failure::from)?;
            if let (Some(status), Some(map)) = (live_status, output.as_object_mut()) {
                map.insert("status".to_owned(), status.clone());
            }
            context.insert("output".to_owned(), normalised(&output));
        }
        let mut others = Map::new();
        for auxiliary in &self.auxiliaries {
            let object = auxiliary.value.to_serde().map_err(Failure::from)?;
            others.insert(auxiliary.name.clone(), object);
        }
        if !others.is_empty() {
            context.insert("outputs".to_owned(), normalised(&Value::Object(others)));
        }
        Ok(context)
    }

    fn patch_base(
        &mut self,
        cue: &Context,
        definition: &Definition,
        value: &Cue,
    ) -> Result<(), RenderError> {
        let wanted = value.lookup("patch");
        if !wanted.exists() {
            return Ok(());
        }
        let Some(base) = &self.base else {
            return Err(patch_error(
                definition,
                "workload",
                Failure::new(
                    ErrorClass::Other,
                    "the component has no workload that could be patched",
                ),
            ));
        };
        let merged = patch::merge(cue, base, &wanted)
            .map_err(|failure| patch_error(definition, "workload", failure))?;
        self.base = Some(merged);
        Ok(())
    }

    fn patch_auxiliaries(
        &mut self,
        cue: &Context,
        definition: &Definition,
        value: &Cue,
    ) -> Result<(), RenderError> {
        let wanted = value.lookup("patchOutputs");
        if !wanted.exists() {
            return Ok(());
        }
        for auxiliary in &mut self.auxiliaries {
            let patch = wanted.lookup(&Value::from(auxiliary.name.as_str()).to_string());
            if patch.exists() {
                auxiliary.value = patch::unify(cue, &auxiliary.value, &patch)
                    .map_err(|failure| patch_error(definition, &auxiliary.name, failure))?;
            }
        }
        Ok(())
    }

    /// Merges a patch that a workflow step hands in, by the strategic rules.
    pub(crate) fn apply_step_patch(
        &mut self,
        compiler: &Compiler,
        step_patch: &Map<String, Value>,
    ) -> Result<(), RenderError> {
        let cue = compiler.context(Use::Component);
        let told = |failure: Failure| template_error("workload", &self.name, failure);
        let merged = |base: &Cue, wanted: &Value| {
            let wanted = cue.data(wanted).map_err(Failure::from)?;
            patch::unify(cue, base, &wanted)
        };
        if let (Some(base), Some(wanted)) = (&self.base, step_patch.get("workload")) {
            self.base = Some(merged(base, wanted).map_err(told)?);
        }
        let Some(traits) = step_patch.get("traits").and_then(Value::as_object) else {
            return Ok(());
        };
        for auxiliary in &mut self.auxiliaries {
            if let Some(wanted) = traits.get(&auxiliary.name) {
                auxiliary.value = merged(&auxiliary.value, wanted)
                    .map_err(|failure| template_error("trait", &auxiliary.name, failure))?;
            }
        }
        Ok(())
    }

    /// The workload, complete; null when the template has none.
    ///
    /// # Errors
    /// When something in it is not concrete.
    pub fn output(&self) -> Result<Value, RenderError> {
        match &self.base {
            None => Ok(Value::Null),
            Some(base) => concrete(base).map_err(|failure| manifest_error(&self.name, failure)),
        }
    }

    /// The entries of `outputs`, the component's first.
    #[must_use]
    pub fn auxiliaries(&self) -> &[Auxiliary] {
        &self.auxiliaries
    }
}

/// One run of a template; provider calls that need no cluster are made.
fn run(
    compiler: &Compiler,
    definition: &Definition,
    context: &Map<String, Value>,
    parameter: Option<&Value>,
) -> Result<Cue, Failure> {
    let purpose = Use::of(definition.kind, parameter.is_some());
    let template = compiler.template(purpose, &definition.template)?;
    let context = Value::Object(context.clone());
    let given = parameter.map(|value| match (value, definition.kind) {
        (Value::Null, kind) if kind != DefinitionKind::Trait => Value::Object(Map::new()),
        (value, _) => normalised(value),
    });
    let mut run = template.eval();
    if let Some(given) = &given {
        run = run.fill("parameter", given);
    }
    let value = run.fill("context", &context).run().map_err(Failure::from)?;
    if definition.template.contains("\"vela/") {
        return provide::resolve(compiler.context(purpose), value);
    }
    Ok(value)
}

/// The value, unless it conflicts or reports errors itself.
fn checked(value: Cue) -> Result<Cue, Failure> {
    let mut failure = value.validate(Validate::default()).err().map(Failure::from);
    let reported = reported(&value);
    if !reported.is_empty() {
        let user = Failure::user(reported);
        match &mut failure {
            Some(failure) => failure.extend(user),
            None => failure = Some(user),
        }
    }
    match failure {
        Some(failure) => Err(failure),
        None => Ok(value),
    }
}

/// `errs` as texts; anything else under that name is ignored.
fn reported(value: &Cue) -> Vec<String> {
    let errs = value.lookup("errs");
    if !errs.exists() {
        return Vec::new();
    }
    match errs.to_serde() {
        Ok(Value::Array(items)) => {
            let texts: Option<Vec<String>> =
                items.iter().map(|item| item.as_str().map(str::to_owned)).collect();
            texts.unwrap_or_default()
        }
        _ => Vec::new(),
    }
}

fn outputs(value: &Cue, owner: &Owner) -> Vec<Auxiliary> {
    let outputs = value.lookup("outputs");
    let fields = outputs.fields(Fields::regular());
    let auxiliary = |field: mizzen_cue::Field| Auxiliary {
        name: field.name().to_owned(),
        owner: owner.clone(),
        value: field.value,
    };
    fields.into_iter().map(auxiliary).collect()
}

/// The JSON of a value in which nothing is open any more.
fn concrete(value: &Cue) -> Result<Value, Failure> {
    value.validate(Validate::default().concrete(true).is_final(true)).map_err(Failure::from)?;
    value.to_serde().map_err(Failure::from)
}

fn template_error(what: &str, name: &str, failure: Failure) -> RenderError {
    if failure.class() == ErrorClass::Syntax {
        let text = format!("failed to compile {what} {name} after merge parameter and context");
        return RenderError::Uncompiled { what: text, reason: Box::new(failure.first()) };
    }
    sorted_error(format!("validation failed for {what} {name}"), &failure)
}

fn manifest_error(name: &str, failure: Failure) -> RenderError {
    sorted_error(format!("cannot generate manifests from component {name}"), &failure)
}

fn patch_error(definition: &Definition, what: &str, failure: Failure) -> RenderError {
    RenderError::Patch {
        what: what.to_owned(),
        name: definition.name.clone(),
        reason: Box::new(failure),
    }
}

/// Messages by who can mend them, each once, in order.
fn sorted_error(head: String, failure: &Failure) -> RenderError {
    let (mut user, mut parameter, mut template) = (Vec::new(), Vec::new(), Vec::new());
    for message in failure.messages() {
        let list = match message.class {
            ErrorClass::User if message.path.is_empty() => &mut user,
            _ if message.path.starts_with("parameter.") => &mut parameter,
            _ => &mut template,
        };
        list.push(message.to_string());
    }
    for list in [&mut user, &mut parameter, &mut template] {
        list.sort();
        list.dedup();
    }
    let class = failure.class();
    RenderError::Template(Box::new(TemplateError { head, user, parameter, template, class }))
}
