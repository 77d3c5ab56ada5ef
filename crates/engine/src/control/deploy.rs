//! A `deploy` step: components to their places, each when what it depends on is well.
//!
//! Source: `pkg/workflow/providers/multicluster/deploy.go` of kubevela.

use std::collections::HashMap;

use mizzen_oam::application::{AppPolicy, Component};
use serde_json::{Map, Value, json};

use super::deliver::Delivered;
use super::work::Work;
use crate::error::Error;
use crate::render::Target;
use crate::render::overriding::overridden;
use crate::render::placement::placements;
use crate::workflow::{Reply, Spec};

/// A component in a place.
type Task = (Component, Target);

/// What is known while a step deploys.
#[derive(Default)]
struct Board {
    /// Components that are well, by cluster and name.
    healthy: Vec<(String, String)>,
    /// What they give, by cluster and output.
    given: HashMap<(String, String), Value>,
}

impl Board {
    /// Whether what a component depends on is well, and what it takes in is there.
    fn is_ready(&self, (component, target): &Task) -> bool {
        let key = |name: &str| (target.cluster.clone(), name.to_owned());
        component.depends_on.iter().all(|name| self.healthy.contains(&key(name)))
            && component.inputs.iter().all(|input| self.given.contains_key(&key(&input.from)))
    }

    /// The component with what it takes in.
    fn filled(&self, (component, target): &Task) -> Component {
        let mut component = component.clone();
        for input in &component.inputs.clone() {
            let key = (target.cluster.clone(), input.from.clone());
            if let Some(value) = self.given.get(&key) {
                let properties = component.properties.get_or_insert_with(|| json!({}));
                put(properties, &input.parameter_key, value.clone());
            }
        }
        component
    }

    /// A component that is well, and what it gives.
    fn note(&mut self, (component, target): &Task, delivered: &Delivered) -> Result<(), Error> {
        self.healthy.push((target.cluster.clone(), component.name.clone()));
        for output in &component.outputs {
            let value = delivered.value();
            let found =
                output.value_from.split('.').try_fold(&value, |value, part| part_of(value, part));
            match found {
                Some(found) => {
                    let key = (target.cluster.clone(), output.name.clone());
                    self.given.insert(key, found.clone());
                }
                None if output.value_from.starts_with("outputs.") => {}
                None => {
                    let what = format!("output {} of {}", output.name, component.name);
                    let path = &output.value_from;
                    return Err(Error::Invalid(format!("{what}: {path} does not exist")));
                }
            }
        }
        Ok(())
    }
}

/// A field, with indices behind it: `items[0]`.
fn part_of<'a>(value: &'a Value, part: &str) -> Option<&'a Value> {
    let (name, indices) = part.split_once('[').map_or((part, ""), |(name, rest)| (name, rest));
    let mut value = value.get(name)?;
    for index in indices.split('[').filter(|index| !index.is_empty()) {
        value = value.get(index.trim_end_matches(']').parse::<usize>().ok()?)?;
    }
    Some(value)
}

/// Sets a value at a dotted path, making objects on the way.
fn put(into: &mut Value, path: &str, value: Value) {
    match path.split_once('.') {
        None => into[path] = value,
        Some((head, rest)) => {
            if !into[head].is_object() {
                into[head] = Value::Object(Map::new());
            }
            put(&mut into[head], rest, value);
        }
    }
}

impl Work<'_> {
    /// Components to their places: those that are well stay, the others are delivered when what they
    /// depend on is well.
    pub(super) async fn deploy_all(&mut self, params: &Value) -> Result<Reply, Error> {
        let mut left = self.tasks(params)?;
        let mut board = Board::default();
        let (mut reasons, mut errors) = (Vec::new(), Vec::new());
        loop {
            let (ready, waiting): (Vec<Task>, Vec<Task>) =
                left.into_iter().partition(|task| board.is_ready(task));
            left = waiting;
            if ready.is_empty() {
                break;
            }
            for task in ready {
                let name = task_name(&task);
                match self.deploy(&board.filled(&task), &task.1).await {
                    Ok(delivered) if delivered.healthy => {
                        errors.extend(board.note(&task, &delivered).err());
                    }
                    Ok(_) => reasons.push(format!("{name} is not healthy")),
                    Err(error) => errors.push(error.within(name)),
                }
            }
        }
        Error::all(errors)?;
        reasons
            .extend(left.iter().map(|task| format!("{} is waiting dependents", task_name(task))));
        Ok(match reasons.is_empty() {
            true => Reply::Done(None),
            false => Reply::Wait { value: None, message: reasons.join(",") },
        })
    }

    async fn deploy(&mut self, component: &Component, target: &Target) -> Result<Delivered, Error> {
        match self.look(component, target).await? {
            Some(well) => Ok(well),
            None => self.deliver(component, target, None).await,
        }
    }

    /// What a `deploy` step delivers, and where.
    fn tasks(&self, params: &Value) -> Result<Vec<Task>, Error> {
        let policies = self.policies(params)?;
        let policies: Vec<&AppPolicy> = policies.iter().collect();
        let components = overridden(&self.appfile.components, &policies)?;
        let targets = placements(&policies, self.clusters)?;
        let each = |target: &Target| {
            let target = target.clone();
            components.clone().into_iter().map(move |component| (component, target.clone()))
        };
        Ok(targets.iter().flat_map(each).collect())
    }

    /// Looks at everything that the steps of a finished run delivered, and notes how well it is.
    pub(super) async fn assess(&mut self, spec: &Spec) {
        let steps: Vec<(String, Value)> = spec
            .all()
            .map(|step| (step.runs.clone(), step.base.properties.clone().unwrap_or_default()))
            .collect();
        for (runs, params) in steps {
            let tasks = match runs.as_str() {
                "deploy" => self.tasks(&params).unwrap_or_default(),
                crate::workflow::spec::BUILTIN_APPLY_COMPONENT => {
                    let text = |key: &str| params[key].as_str().unwrap_or_default().to_owned();
                    let target = Target { cluster: text("cluster"), namespace: text("namespace") };
                    serde_json::from_value(params["value"].clone())
                        .map(|component| vec![(component, target)])
                        .unwrap_or_default()
                }
                _ => continue,
            };
            for (component, target) in &tasks {
                let known = self.app.status.services.iter().any(|service| {
                    service.name == component.name && service.cluster == target.cluster
                });
                if known && let Err(error) = self.judged(component, target).await {
                    // A member that does not answer keeps the entry that it has.
                    tracing::debug!(component = component.name, %error, "looking at it again");
                }
            }
        }
    }
}

fn task_name((component, target): &Task) -> String {
    format!("{}/{}/{}/{}", target.cluster, target.namespace, component.replica_key, component.name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_found_and_put_by_path() {
        let value = json!({"output": {"items": [{"name": "a"}]}});
        let found = "output.items[0].name".split('.').try_fold(&value, |v, part| part_of(v, part));
        assert_eq!(found, Some(&json!("a")));
        assert_eq!(part_of(&value, "nothing"), None);
        let mut properties = json!({"a": 1});
        put(&mut properties, "labels.peer", json!("x"));
        assert_eq!(properties, json!({"a": 1, "labels": {"peer": "x"}}));
    }
}
