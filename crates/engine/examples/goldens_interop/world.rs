//! The clusters that a scenario plays on, and the actions of its steps as requests.

use std::time::Duration;

use http::Method;
use mizzen_hub::{Cluster, Hub, LocalApi, User};
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::kinds::Kinds;
use crate::scenario::{Change, Recorded, Target, Wait};

/// How often a condition is looked at, in the time of the paused clock.
const LOOK: Duration = Duration::from_millis(50);

/// How long nothing happens in clusters that are quiet.
const QUIET: Duration = Duration::from_millis(3200);

/// The field manager that the recordings apply their inputs with.
const AUTHOR: &str = "author";

/// The field manager of the recordings' patches, whose client named none.
const EDITOR: &str = "unknown";

/// A hub and its members, as the person of a scenario uses them.
pub(crate) struct World {
    hub: Hub,
    namespace: String,
}

impl World {
    pub(crate) fn new(hub: Hub, namespace: &str) -> Self {
        Self { hub, namespace: namespace.to_owned() }
    }

    /// A client of one cluster; no name is the hub.
    pub(crate) fn api(&self, cluster: Option<&str>) -> Result<LocalApi, String> {
        match cluster {
            None | Some("" | "local") => Ok(self.hub.root().local(User::admin(), AUTHOR)),
            Some(name) => {
                let cluster = self.hub.cluster(name);
                Ok(cluster
                    .ok_or_else(|| format!("no cluster {name}"))?
                    .local(User::admin(), AUTHOR))
            }
        }
    }

    /// Server-side apply of every object of a YAML text.
    pub(crate) async fn apply(&self, text: &str, cluster: Option<&str>) -> Result<(), String> {
        let api = self.api(cluster)?;
        // The inputs were written for a reader to whom `y` is a word.
        let options = serde_saphyr::options! { strict_booleans: true };
        let objects: Vec<Value> = serde_saphyr::from_multiple_with_options(text, options)
            .map_err(|error| format!("input: {error}"))?;
        for object in objects.iter().filter(|object| !object.is_null()) {
            let kinds = Kinds::discover(&api).await?;
            let kind = kinds.of(object)?;
            let namespace = self.namespace_of(object["metadata"]["namespace"].as_str());
            let path = kind.path(namespace, object["metadata"]["name"].as_str());
            api.apply(&path, AUTHOR, object).await.map_err(|status| status.message.clone())?;
        }
        Ok(())
    }

    /// Makes a namespace on the hub unless there is one.
    pub(crate) async fn namespace_made(&self, name: &str) -> Result<(), String> {
        let object = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}});
        let done = self.api(None)?.create("/api/v1/namespaces", &object).await;
        done.map(drop).or_else(|status| match status.code {
            409 => Ok(()),
            _ => Err(status.message.clone()),
        })
    }

    /// A merge patch or JSON patch, as the change's body says.
    pub(crate) async fn patch(&self, change: &Change) -> Result<(), String> {
        let api = self.api(change.cluster.as_deref())?;
        let kinds = Kinds::discover(&api).await?;
        let namespace = self.namespace_of(change.namespace.as_deref());
        let mut path = kinds.named(&change.kind)?.path(namespace, Some(&change.name));
        if let Some(subresource) = &change.subresource {
            path = format!("{path}/{subresource}");
        }
        path.push_str("?fieldManager=");
        path.push_str(EDITOR);
        let content = if change.body.is_array() { "json-patch" } else { "merge-patch" };
        api.call(Method::PATCH, &path, &format!("application/{content}+json"), Some(&change.body))
            .await
            .map(drop)
            .map_err(|status| status.message.clone())
    }

    /// Background deletion.
    pub(crate) async fn delete(&self, target: &Target) -> Result<(), String> {
        let api = self.api(target.cluster.as_deref())?;
        let kinds = Kinds::discover(&api).await?;
        let namespace = self.namespace_of(target.namespace.as_deref());
        let path = kinds.named(&target.kind)?.path(namespace, Some(&target.name));
        let options = json!({"propagationPolicy": "Background"});
        api.delete(&path, &options).await.map(drop).map_err(|status| status.message.clone())
    }

    /// One object, or `None` when there is none.
    pub(crate) async fn read(&self, target: &Target) -> Result<Option<Value>, String> {
        let api = self.api(target.cluster.as_deref())?;
        let kinds = Kinds::discover(&api).await?;
        let namespace = self.namespace_of(target.namespace.as_deref());
        let path = kinds.named(&target.kind)?.path(namespace, Some(&target.name));
        Ok(api.get(&path).await.ok())
    }

    /// Waits until a condition holds, at most for its time-out.
    pub(crate) async fn wait(&self, wait: &Wait, recorded: &Recorded) -> Result<(), String> {
        let target = Target {
            kind: wait.kind.clone().unwrap_or_else(|| "app".into()),
            name: wait.name.clone().unwrap_or_else(|| "app".into()),
            namespace: wait.namespace.clone(),
            cluster: wait.cluster.clone(),
        };
        let start = Instant::now();
        let patience = Duration::from_secs_f64(wait.timeout.unwrap_or(60.0));
        loop {
            let object = self.read(&target).await?;
            if holds(wait, object.as_ref()) {
                return Ok(());
            }
            if start.elapsed() > patience {
                let seen = object.as_ref().and_then(|o| wait.path.as_deref().map(|p| at(o, p)));
                let steps = object.as_ref().map(messages).unwrap_or_default();
                let id = &recorded.id;
                return Err(format!("{id}: waited in vain for {wait}; there is {seen:?} {steps}"));
            }
            tokio::time::sleep(LOOK).await;
        }
    }

    /// Waits at least for a time, and then until no cluster has changed for a while, at most for another.
    pub(crate) async fn quiet(&self, least: Duration, most: Duration) {
        let revisions = || self.hub.clusters().iter().map(Cluster::revision).sum::<u64>();
        let start = Instant::now();
        let (mut seen, mut since) = (revisions(), Instant::now());
        let waits = |since: Instant| {
            let passed = start.elapsed();
            passed < least || (since.elapsed() < QUIET && passed < least + most)
        };
        while waits(since) {
            tokio::time::sleep(LOOK).await;
            let now = revisions();
            if now != seen {
                (seen, since) = (now, Instant::now());
            }
        }
    }

    /// The namespace of the scenario.
    pub(crate) fn namespace(&self) -> &str {
        &self.namespace
    }

    fn namespace_of<'a>(&'a self, named: Option<&'a str>) -> &'a str {
        named.unwrap_or(&self.namespace)
    }
}

/// What the steps of a run say.
fn messages(object: &Value) -> String {
    let steps = object["status"]["workflow"]["steps"].as_array().into_iter().flatten();
    let said = |step: &Value| format!("{}: {} {}", step["name"], step["phase"], step["message"]);
    steps.map(said).collect::<Vec<_>>().join("; ")
}

fn holds(wait: &Wait, object: Option<&Value>) -> bool {
    let Some(object) = object else { return wait.gone };
    if wait.gone {
        return false;
    }
    let value = wait.path.as_deref().map_or(Some(object), |path| at(object, path));
    if wait.absent {
        return value.is_none();
    }
    let equals = wait.equals.as_ref().is_none_or(|wanted| value == Some(wanted));
    let not = wait.not.as_ref().is_none_or(|unwanted| value != Some(unwanted));
    let matches = wait.matches.as_ref().is_none_or(|pattern| {
        let text = value.map(|v| v.as_str().map_or_else(|| v.to_string(), str::to_owned));
        text.is_some_and(|text| contains(&text, pattern))
    });
    value.is_some() && equals && not && matches
}

/// The recordings' patterns are words, `.*` and `|` only.
fn contains(text: &str, pattern: &str) -> bool {
    pattern.split('|').any(|arm| {
        let mut rest = text;
        arm.split(".*").all(|word| match rest.find(word) {
            Some(found) => {
                rest = &rest[found + word.len()..];
                true
            }
            None => false,
        })
    })
}

/// A dotted path; `[x]` picks an index, or the list entry named x.
pub(crate) fn at<'a>(object: &'a Value, path: &str) -> Option<&'a Value> {
    let mut value = object;
    for part in path.split('.') {
        let (name, picks) = part.split_once('[').map_or((part, None), |(n, p)| (n, Some(p)));
        if !name.is_empty() {
            value = value.get(name)?;
        }
        for pick in picks.into_iter().flat_map(|picks| picks.split('[')) {
            value = picked(value, pick.trim_end_matches(']'))?;
        }
    }
    Some(value)
}

fn picked<'a>(list: &'a Value, pick: &str) -> Option<&'a Value> {
    match pick.parse::<usize>() {
        Ok(index) => list.get(index),
        Err(_) => {
            let named = |entry: &&Value| {
                ["name", "type"].iter().any(|key| entry[*key].as_str() == Some(pick))
            };
            list.as_array()?.iter().find(named)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_pick_by_index_and_by_name() {
        let object = json!({"status": {"steps": [{"name": "a", "phase": "x"}, {"name": "b"}]}});
        assert_eq!(at(&object, "status.steps[0].phase"), Some(&json!("x")));
        assert_eq!(at(&object, "status.steps[b].name"), Some(&json!("b")));
        assert_eq!(at(&object, "status.none"), None);
    }

    #[test]
    fn patterns_are_words_and_wildcards() {
        assert!(contains("a failed b", "fail.*b|zzz"));
        assert!(!contains("ok", "fail"));
    }
}
