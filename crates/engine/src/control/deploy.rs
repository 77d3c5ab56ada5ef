//! A `deploy` step: components to their places, each when what it depends on is well.
//!
//! Source: `pkg/workflow/providers/multicluster/deploy.go` of kubevela.

use std::collections::HashMap;

use mizzen_oam::application::Component;
use serde_json::{Value, json};

use super::deliver::Delivered;
use super::work::Work;
use crate::error::Error;
use crate::plan::field;
use crate::render::Target;
use crate::render::deployment::deployments;
use crate::workflow::passing::put_in;
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
    fn filled(&self, (component, target): &Task) -> Result<Component, Error> {
        let mut filled = component.clone();
        for input in &component.inputs {
            let key = (target.cluster.clone(), input.from.clone());
            if let Some(value) = self.given.get(&key) {
                let properties = filled.properties.get_or_insert_with(|| json!({}));
                put_in(properties, &input.parameter_key, value.clone()).map_err(Error::Invalid)?;
            }
        }
        Ok(filled)
    }

    /// A component that is well, and what it gives.
    fn note(&mut self, (component, target): &Task, delivered: &Delivered) -> Result<(), Error> {
        self.healthy.push((target.cluster.clone(), component.name.clone()));
        for output in &component.outputs {
            let value = delivered.value();
            match field::get(&value, &output.value_from) {
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
                let delivered = match board.filled(&task) {
                    Ok(component) => self.deploy(&component, &task.1).await,
                    Err(error) => Err(error),
                };
                match delivered {
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
        deployments(self.appfile, self.clusters, params).map_err(Error::Invalid)
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
    use mizzen_oam::application::{InputItem, OutputItem};
    use serde_json::Map;

    use super::*;

    #[test]
    fn what_one_component_gives_another_takes_in() {
        let target = Target { cluster: "eu-1".to_owned(), namespace: String::new() };
        let output = |name: &str, from: &str| OutputItem {
            name: name.to_owned(),
            value_from: from.to_owned(),
        };
        let mut source = Component { name: "src".to_owned(), ..Component::default() };
        source.outputs = vec![output("first", "output.items[0].name")];
        let mut taker = Component { name: "dst".to_owned(), ..Component::default() };
        taker.properties = Some(json!({"a": 1}));
        taker.inputs =
            vec![InputItem { from: "first".to_owned(), parameter_key: "labels.peer".to_owned() }];
        let delivered = Delivered {
            healthy: true,
            output: json!({"items": [{"name": "x"}]}),
            outputs: Map::new(),
        };
        let mut board = Board::default();
        let task = (taker, target.clone());
        assert!(!board.is_ready(&task));
        board.note(&(source.clone(), target.clone()), &delivered).unwrap();
        assert!(board.is_ready(&task));
        let filled = board.filled(&task).unwrap();
        assert_eq!(filled.properties, Some(json!({"a": 1, "labels": {"peer": "x"}})));
        source.outputs = vec![output("none", "output.nothing")];
        assert!(board.note(&(source.clone(), target.clone()), &delivered).is_err());
        source.outputs = vec![output("none", "outputs.nothing")];
        assert!(board.note(&(source, target), &delivered).is_ok());
    }
}
