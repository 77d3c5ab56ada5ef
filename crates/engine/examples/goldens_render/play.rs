//! Plays one record: evaluates what its kind asks for and compares with what was recorded.

use std::sync::Arc;

use mizzen_engine::health::{self, StatusInput};
use mizzen_engine::render::evaluate::{Auxiliary, Evaluated, Owner};
use mizzen_engine::render::step::StepValue;
use mizzen_engine::render::{Definition, RenderError};
use serde_json::{Map, Value, json};

use crate::compare;
use crate::record::Record;
use crate::source::Source;

/// How a record went.
pub(crate) enum Outcome {
    Passed,
    Failed(String),
    Skipped(&'static str),
}

/// What a record gave: a value, or the class and text of an error.
type Played = Result<Value, (String, String)>;

pub(crate) fn play(source: &Source, record: &Record) -> Outcome {
    if record.kind == "status" && record.source == "own" {
        return judge(record, own_status(source, record));
    }
    let kind = match record.kind.as_str() {
        "component" | "component-parameter" | "component-actions" => "component",
        "policy" | "policy-parameter" => "policy",
        "trait" | "chain" => "trait",
        "workflow-step" => "workflow-step",
        "status" if record.definition_path.contains("/trait") => "trait",
        "status" => "component",
        _ => return Outcome::Skipped("unknown kind of record"),
    };
    let kind = match source_kind(record) {
        Some(other) if record.kind == "status" => other,
        _ => kind,
    };
    let found = source.definition(
        kind,
        &record.definition,
        &record.definition_path,
        record.definition_text.as_deref(),
        !matches!(record.source.as_str(), "internal" | "deprecated" | "own"),
    );
    let definition = match found {
        None => return Outcome::Skipped("no such definition"),
        Some(Err(problem)) => return Outcome::Failed(format!("  cannot read: {problem}")),
        Some(Ok(definition)) => definition,
    };
    match record.kind.as_str() {
        "chain" => match chain(source, record) {
            Some(played) => judge(record, played),
            None => Outcome::Skipped("no such definition"),
        },
        "component" | "policy" => judge(record, component(source, record, &definition)),
        "trait" => judge(record, with_trait(source, record, &definition)),
        "workflow-step" | "component-actions" => {
            judge(record, actions(source, record, &definition))
        }
        "status" => judge(record, Ok(status(source, record, &definition))),
        _ => judge(record, parameter(source, record, &definition)),
    }
}

/// Deprecated traits lie in a folder that does not say what they are.
fn source_kind(record: &Record) -> Option<&'static str> {
    (record.source == "deprecated").then_some("trait")
}

fn judge(record: &Record, played: Played) -> Outcome {
    let mut expected = record.expect.clone();
    if let Value::Object(map) = &mut expected {
        map.shift_remove("health_error");
        map.shift_remove("object_error");
    }
    let difference = match (expected.get("error"), played) {
        (Some(error), Err((class, text))) if error["class"] == class.as_str() => {
            let _ = text;
            return Outcome::Passed;
        }
        (Some(error), Err((class, text))) => {
            format!("  expected {} ({}),\n  got {class} ({text})", error["class"], error["message"])
        }
        (Some(error), Ok(value)) => format!("  expected {error},\n  got {value}"),
        (None, Err((class, text))) => format!("  got {class}: {text}"),
        (None, Ok(value)) => {
            let lines = compare::differences(&expected, &value);
            if lines.is_empty() {
                return Outcome::Passed;
            }
            lines.join("\n")
        }
    };
    Outcome::Failed(difference)
}

fn failed(error: impl Into<RenderError>) -> (String, String) {
    let error = error.into();
    (error.class().word().to_owned(), error.to_string())
}

fn given(value: &Value) -> Option<&Value> {
    (!value.is_null()).then_some(value)
}

fn component(source: &Source, record: &Record, definition: &Definition) -> Played {
    let (context, parameter) = (&record.context, given(&record.parameter));
    let evaluated = Evaluated::component(&source.compiler, definition, context, parameter);
    finished(&evaluated.map_err(failed)?)
}

fn finished(evaluated: &Evaluated) -> Played {
    let output = evaluated.output().map_err(failed)?;
    let outputs = auxiliaries(evaluated, |_| true)?;
    Ok(json!({"output": output, "outputs": outputs}))
}

fn auxiliaries(
    evaluated: &Evaluated,
    wanted: impl Fn(&Auxiliary) -> bool,
) -> Result<Map<String, Value>, (String, String)> {
    let mut found = Map::new();
    for auxiliary in evaluated.auxiliaries().iter().filter(|auxiliary| wanted(auxiliary)) {
        found.insert(auxiliary.name.clone(), auxiliary.object().map_err(failed)?);
    }
    Ok(found)
}

fn parameter(source: &Source, record: &Record, definition: &Definition) -> Played {
    let (context, parameter) = (&record.context, given(&record.parameter));
    let value = Evaluated::parameter(&source.compiler, definition, context, parameter);
    Ok(json!({"parameter": value.map_err(failed)?}))
}

fn with_trait(source: &Source, record: &Record, definition: &Definition) -> Played {
    let base = given(&record.base["output"]);
    let empty = Map::new();
    let outputs = record.base["outputs"].as_object().unwrap_or(&empty);
    let mut evaluated = Evaluated::from_data(&source.compiler, base, outputs).map_err(failed)?;
    let parameter = given(&record.parameter);
    evaluated.apply(&source.compiler, definition, &record.context, parameter).map_err(failed)?;
    let after = evaluated.output().map_err(failed)?;
    let own = |auxiliary: &Auxiliary| auxiliary.owner == Owner::Component;
    let patched = if Some(&after) == base { Value::Null } else { after };
    let mut result = json!({
        "outputs": auxiliaries(&evaluated, |auxiliary| !own(auxiliary))?,
        "patched": patched,
    });
    // A component's auxiliary that a patch left open is not recorded.
    let whole = |auxiliary: &Auxiliary| own(auxiliary) && auxiliary.object().is_ok();
    let theirs = auxiliaries(&evaluated, whole)?;
    if !theirs.is_empty() {
        result["patchedOutputs"] = Value::Object(theirs);
    }
    Ok(result)
}

/// `None` when a definition of the chain is not there.
fn chain(source: &Source, record: &Record) -> Option<Played> {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let name = text(&record.base["component"])?;
    let path = text(&record.base["definition_path"]).unwrap_or_default();
    let own = text(&record.base["definition_text"]);
    let base = source.definition("component", &name, &path, own.as_deref(), false)?;
    let mut traits = Vec::new();
    for item in &record.traits {
        let text = item.definition_text.as_deref();
        let found =
            source.definition("trait", &item.definition, &item.definition_path, text, false)?;
        traits.push((found, &item.parameter));
    }
    Some(play_chain(source, record, base, traits))
}

fn play_chain(
    source: &Source,
    record: &Record,
    base: Result<Arc<Definition>, String>,
    traits: Vec<(Result<Arc<Definition>, String>, &Value)>,
) -> Played {
    let unread = |problem: String| ("other".to_owned(), problem);
    let (context, parameter) = (&record.context, given(&record.parameter));
    let base = base.map_err(unread)?;
    let mut evaluated =
        Evaluated::component(&source.compiler, &base, context, parameter).map_err(failed)?;
    for (definition, parameter) in traits {
        let definition = definition.map_err(unread)?;
        let parameter = given(parameter);
        evaluated.apply(&source.compiler, &definition, context, parameter).map_err(failed)?;
    }
    finished(&evaluated)
}

fn actions(source: &Source, record: &Record, definition: &Definition) -> Played {
    let parameter = given(&record.parameter);
    let context = &record.context;
    let value = StepValue::evaluate(&source.compiler, definition, context, parameter);
    let value = value.map_err(failed)?;
    if let Some(failure) = value.error() {
        return Err((failure.class().word().to_owned(), failure.to_string()));
    }
    let told = value.actions().into_iter().map(|action| {
        let mut told =
            json!({"path": action.path, "do": action.action, "provider": action.provider});
        match (action.legacy, action.params) {
            (true, Ok(value)) => told["value"] = value,
            (true, Err(failure)) => {
                told["value"] = Value::Null;
                told["value_error"] = json!(failure.class().word());
            }
            (false, Ok(value)) => told["params"] = value,
            (false, Err(failure)) => {
                told["params"] = Value::Null;
                told["params_error"] = json!(failure.class().word());
            }
        }
        told
    });
    Ok(json!({"actions": told.collect::<Vec<_>>()}))
}

fn own_status(source: &Source, record: &Record) -> Played {
    let text = record.definition_text.as_deref().unwrap_or("{}");
    let texts: Map<String, Value> =
        serde_json::from_str(text).map_err(|e| ("other".to_owned(), e.to_string()))?;
    let mut spec = Map::new();
    spec.insert("status".to_owned(), Value::Object(texts));
    let definition = Definition {
        kind: mizzen_engine::render::DefinitionKind::Component,
        name: record.definition.clone(),
        labels: Map::new(),
        annotations: Map::new(),
        spec,
        template: String::new(),
    };
    Ok(status(source, record, &definition))
}

fn status(source: &Source, record: &Record, definition: &Definition) -> Value {
    let text = |key: &str| record.context.get(key).and_then(Value::as_str).unwrap_or_default();
    let input = StatusInput {
        name: text("name").to_owned(),
        app_name: text("appName").to_owned(),
        app_revision: text("appRevision").to_owned(),
        output: record.context.get("output").cloned(),
        outputs: record
            .context
            .get("outputs")
            .and_then(Value::as_object)
            .cloned()
            .unwrap_or_default(),
        parameter: record.parameter.clone(),
    };
    let status = health::evaluate(&source.compiler, definition, &input);
    json!({"health": status.healthy, "message": status.message, "details": status.details})
}
