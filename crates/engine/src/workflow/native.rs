//! The step types whose template is fixed: delivering a component, and suspending.
//!
//! Upstream embeds their text and ignores a definition of the same name in a cluster; here they are
//! code, so that no change of the cluster can change them.

use serde_json::{Value, json};

use super::program::{Program, Programs};
use super::spec::BUILTIN_APPLY_COMPONENT;
use crate::render::step::Action;

/// The program of a fixed step type, or `None` for a type that has a definition.
pub(crate) fn program<'a>(
    step_type: &str,
    parameter: &Value,
    programs: &'a dyn Programs,
) -> Option<Box<dyn Program + 'a>> {
    let (path, provider, action, params) = match step_type {
        BUILTIN_APPLY_COMPONENT => ("", "oam", "component-apply", with_wait(parameter)),
        "suspend" => ("suspend", "builtin", "suspend", parameter.clone()),
        _ => return None,
    };
    let action = Action {
        path: path.to_owned(),
        action: action.to_owned(),
        provider: provider.to_owned(),
        params: Ok(params),
        legacy: true,
    };
    Some(Box::new(Native { action, filled: None, programs }))
}

fn with_wait(parameter: &Value) -> Value {
    let mut params = parameter.clone();
    params["waitHealthy"] = json!(true);
    params
}

/// One call, and what it gave.
struct Native<'a> {
    action: Action,
    filled: Option<Value>,
    programs: &'a dyn Programs,
}

impl Program for Native<'_> {
    fn actions(&self) -> Vec<Action> {
        vec![self.action.clone()]
    }

    fn fill(&mut self, _path: &str, reply: Value) -> Result<(), String> {
        self.filled = Some(reply);
        Ok(())
    }

    fn error(&self) -> Option<String> {
        None
    }

    /// There is no text: upstream's printer says so in these words.
    fn text(&self, _path: &str) -> String {
        "cue/format: unsupported node type <nil>".to_owned()
    }

    fn lookup(&self, expression: &str) -> Result<Value, String> {
        let scope = self.filled.clone().unwrap_or_else(|| json!({}));
        let plain = expression.split('.').try_fold(&scope, |value, part| value.get(part));
        match plain {
            Some(value) => Ok(value.clone()),
            None => self.programs.expression(expression, &scope),
        }
    }
}
