//! Values from step to step: inputs into parameters, outputs into variables.
//!
//! Source: `pkg/hooks/data_passing.go` of kubevela/workflow.

use serde_json::{Map, Value};

use super::condition::lookup;
use super::program::Program;
use super::run::Run;
use super::spec::Step;

/// Puts the step's inputs into `scope.parameter`; what stood there is replaced.
pub(crate) fn take_in(run: &Run, step: &Step, scope: &mut Value) -> Result<(), String> {
    for input in &step.base.inputs {
        let Some(value) = lookup(run, scope, &input.from) else {
            return Err(format!("failed to get value from input {}: not found", input.from));
        };
        put_in(&mut scope["parameter"], &input.parameter_key, value)?;
    }
    Ok(())
}

/// Puts an input where its key says; what stood there is replaced. An input without a key only has to
/// be there.
pub(crate) fn put_in(target: &mut Value, key: &str, value: Value) -> Result<(), String> {
    if !key.is_empty() {
        let path = parse(key).ok_or_else(|| format!("invalid parameterKey {key:?}"))?;
        put(target, &path, value);
    }
    Ok(())
}

/// Gives every output its value; one that cannot be had is `null`, and the error has a line for each of
/// these. `program` is `None` for steps that did not run.
pub(crate) fn give_out(
    run: &mut Run,
    step: &Step,
    program: Option<&dyn Program>,
) -> Result<(), String> {
    let mut told = String::new();
    for output in &step.base.outputs {
        let found = match program {
            Some(program) => found(program, &output.value_from),
            None => Err("the step did not run".to_owned()),
        };
        let value = found.unwrap_or_else(|why| {
            told.push_str(&format!("failed to get output from {}: {why}\n", output.value_from));
            Value::Null
        });
        if let Err(why) = run.context.set_var(&output.name, value) {
            told.push_str(&format!("failed to set output {}: {why}\n", output.name));
        }
    }
    if told.is_empty() { Ok(()) } else { Err(told) }
}

/// The value as written; else where the current style of calls keeps it.
fn found(program: &dyn Program, value_from: &str) -> Result<Value, String> {
    let first = match program.lookup(value_from) {
        Ok(value) => return Ok(value),
        Err(first) => first,
    };
    if value_from.contains("$returns.") {
        return Err(first);
    }
    let deeper = if value_from.contains("output.") {
        value_from.replacen("output.", "output.$returns.", 1)
    } else {
        format!("{value_from}.$returns")
    };
    program.lookup(&deeper)
}

/// One step of a path below the parameters.
#[derive(Debug, PartialEq, Eq)]
enum Part {
    Field(String),
    Index(usize),
}

/// Reads `a.b`, `a[0].b` and `a["x-y"]`.
fn parse(path: &str) -> Option<Vec<Part>> {
    let mut parts = Vec::new();
    let mut rest = path;
    while !rest.is_empty() {
        if let Some(inside) = rest.strip_prefix('[') {
            let end = inside.find(']')?;
            let word = &inside[..end];
            parts.push(match word.parse() {
                Ok(index) => Part::Index(index),
                Err(_) => Part::Field(word.trim_matches('"').to_owned()),
            });
            rest = inside[end + 1..].trim_start_matches('.');
        } else {
            let end = rest.find(['.', '[']).unwrap_or(rest.len());
            if end == 0 {
                return None;
            }
            parts.push(Part::Field(rest[..end].trim_matches('"').to_owned()));
            rest = rest[end..].strip_prefix('.').unwrap_or(&rest[end..]);
        }
    }
    (!parts.is_empty()).then_some(parts)
}

/// Lists longer than this are not made for an index.
const LONGEST: usize = 10_000;

fn put(target: &mut Value, path: &[Part], value: Value) {
    let Some((part, rest)) = path.split_first() else {
        *target = value;
        return;
    };
    let next = match part {
        Part::Field(name) => {
            if !target.is_object() {
                *target = Value::Object(Map::new());
            }
            match target.as_object_mut() {
                Some(fields) => fields.entry(name).or_insert(Value::Null),
                None => return,
            }
        }
        Part::Index(index) => {
            if !target.is_array() {
                *target = Value::Array(Vec::new());
            }
            match target.as_array_mut() {
                Some(list) if *index < LONGEST => {
                    if list.len() <= *index {
                        list.resize(index + 1, Value::Null);
                    }
                    &mut list[*index]
                }
                _ => return,
            }
        }
    };
    put(next, rest, value);
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn paths_reach_into_structs_and_lists() {
        for (path, before, after) in [
            ("a", json!({}), json!({"a": 1})),
            ("a.b", json!({"a": {"c": 2}}), json!({"a": {"c": 2, "b": 1}})),
            ("a[1].b", json!({"a": [0]}), json!({"a": [0, {"b": 1}]})),
            ("a[\"x-y\"]", json!({}), json!({"a": {"x-y": 1}})),
            ("a.b", json!({"a": "text"}), json!({"a": {"b": 1}})),
        ] {
            let mut value = before;
            put(&mut value, &parse(path).expect("the path reads"), json!(1));
            assert_eq!(value, after, "{path}");
        }
        for bad in ["", ".", "a[", "a..b"] {
            assert_eq!(parse(bad), None, "{bad}");
        }
    }
}
