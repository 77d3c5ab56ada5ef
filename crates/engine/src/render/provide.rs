//! Calls that a template makes while rendering and that need nothing but their arguments.
//!
//! Invariant: nothing here reaches out. A call that would is an error that names it.

use mizzen_cue::{Context, Value as Cue};
use serde_json::Value;

use super::error::ErrorClass;
use super::failure::Failure;
use super::patch;
use super::step;

/// Calls of one template; more mean that it makes new ones forever.
const MOST_CALLS: usize = 64;

/// Makes the calls in order until none is left, filling each reply in.
pub(crate) fn resolve(context: &Context, mut value: Cue) -> Result<Cue, Failure> {
    let mut done: Vec<String> = Vec::new();
    for _ in 0..MOST_CALLS {
        let calls = step::calls(&value);
        let Some(call) = calls.into_iter().find(|call| !done.contains(&call.path)) else {
            return Ok(value);
        };
        let path = format!("{}.$returns", call.path);
        value = answer(context, &value, &call)?.fill_into(value, &path)?;
        done.push(call.path);
    }
    Err(Failure::new(ErrorClass::Other, format!("more than {MOST_CALLS} provider calls")))
}

enum Reply {
    Data(Value),
    Cue(Box<Cue>),
}

impl Reply {
    fn fill_into(self, value: Cue, path: &str) -> Result<Cue, Failure> {
        let path = mizzen_cue::Path::parse(path).map_err(Failure::from)?;
        Ok(match self {
            Self::Data(data) => value.fill_path(&path, &data),
            Self::Cue(reply) => value.fill_value(&path, &reply).map_err(Failure::from)?,
        })
    }
}

fn answer(context: &Context, value: &Cue, call: &step::Call) -> Result<Reply, Failure> {
    let params = || value.lookup(&format!("{}.$params", call.path));
    match (call.provider.as_str(), call.action.as_str()) {
        ("base64", action @ ("encode" | "decode")) => {
            let given = params().to_serde().map_err(Failure::from)?;
            let text = given.as_str().unwrap_or_default();
            base64_text(action, text).map(|text| Reply::Data(Value::String(text)))
        }
        ("cue", "strategyUnify") => {
            let params = params();
            let merged = patch::unify(context, &params.lookup("value"), &params.lookup("patch"))?;
            Ok(Reply::Cue(Box::new(merged)))
        }
        (provider, action) => Err(Failure::new(
            ErrorClass::Other,
            format!("{}: calling {provider}.{action} while rendering is not supported", call.path),
        )),
    }
}

fn base64_text(action: &str, text: &str) -> Result<String, Failure> {
    use base64::Engine as _;
    let engine = base64::engine::general_purpose::STANDARD;
    if action == "encode" {
        return Ok(engine.encode(text));
    }
    let bad = |why: String| Failure::new(ErrorClass::Eval, format!("base64: {why}"));
    let bytes = engine.decode(text).map_err(|error| bad(error.to_string()))?;
    String::from_utf8(bytes).map_err(|error| bad(error.to_string()))
}
