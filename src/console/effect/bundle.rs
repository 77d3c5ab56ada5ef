//! The archive of an incident: what is known of one application at this moment, in one file to give away.
//! The Application, its revisions and trackers, what was delivered as it is live, the tree, events and the
//! end of every log. Values of Secrets are masked, and so is what is named like one.
//!
//! Beside them stands a recording of that moment, on which `replay` opens the console.
//!
//! What cannot be read is said in the archive, and does not keep the rest out of it.

mod session;

use std::collections::BTreeSet;
use std::fs::OpenOptions;
use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;

use flate2::Compression;
use flate2::write::GzEncoder;
use jiff::Timestamp;
use k8s_openapi::api::core::v1::{Event, Pod};
use kube::Api;
use kube::api::{ApiResource, DynamicObject, GroupVersionKind, ListParams, LogParams};
use mizzen_engine::operate;
use mizzen_engine::plan::{Action, Change};
use mizzen_oam::{LOCAL_CLUSTER, labels};
use serde_json::Value;

use super::world::World;
use super::{events, resources, words};
use crate::console::model::AppKey;
use crate::console::model::detail::Node;
use crate::console::update::Known;
use crate::console::{mask, record, tar};

/// Lines of each log.
const LINES: i64 = 500;
/// Bytes of each log.
const BYTES: i64 = 1 << 20;
/// Containers whose logs are read.
const MOST_CONTAINERS: usize = 100;

/// Writes the archive where the person is; answers a sentence with its name.
///
/// # Errors
/// A sentence: the application cannot be read, or the file not be written.
pub(super) async fn write(
    world: &Arc<dyn World>,
    key: &AppKey,
    known: Known,
) -> Result<String, String> {
    let now = Timestamp::now();
    let name =
        format!("mizzen-{}-{}-{}.tar.gz", key.namespace, key.name, now.strftime("%Y%m%dT%H%M%SZ"));
    let (files, session) =
        tokio::join!(Gathered::of(world.as_ref(), key), session::of(world, key, known));
    let mut files = files?;
    // Its lines are masked already.
    files.put(record::IN_ARCHIVE, session.unwrap_or_else(|error| error.to_string()));
    let count = files.0.len();
    let path = PathBuf::from(&name);
    let task = tokio::task::spawn_blocking(move || pack(&path, now, &files.0));
    let failed = |why: String| format!("writing {name}: {why}");
    match task.await {
        Ok(Ok(())) => Ok(format!(
            "{count} files in {name}, values of Secrets are masked; `mizzen replay` opens it"
        )),
        Ok(Err(error)) => Err(failed(error.to_string())),
        Err(error) => Err(failed(error.to_string())),
    }
}

fn pack(path: &PathBuf, now: Timestamp, files: &[(String, String)]) -> std::io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut out = GzEncoder::new(options.open(path)?, Compression::default());
    for (name, text) in files {
        tar::append(&mut out, name, now.as_second(), text.as_bytes())?;
    }
    tar::finish(&mut out)?;
    out.finish()?.flush()
}

/// One action of a plan, with what it would change.
fn told(action: &Action) -> String {
    let head = format!("{} {}: {}\n", action.verb.word(), action.object, action.reason);
    let value = |value: &Option<Value>| value.as_ref().map_or("-".to_owned(), Value::to_string);
    let line =
        |it: &Change| format!("  {}: {} -> {}\n", it.path, value(&it.before), value(&it.after));
    action.diff.changes.iter().map(line).fold(head, |text, line| text + &line)
}

/// Names and texts.
#[derive(Debug, Default)]
struct Gathered(Vec<(String, String)>);

impl Gathered {
    async fn of(world: &dyn World, key: &AppKey) -> Result<Self, String> {
        let mut all = Self::default();
        let hub = world.hub();
        let api: Api<DynamicObject> =
            Api::namespaced_with(hub.clone(), &key.namespace, &super::apps::resource());
        let app = api.get(&key.name).await.map_err(|error| words::api(&error))?;
        all.object("application.yaml", app);
        let revisions = GroupVersionKind::gvk(mizzen_oam::GROUP, "v1beta1", "ApplicationRevision");
        let api = Api::namespaced_with(hub, &key.namespace, &ApiResource::from_gvk(&revisions));
        let of_app = ListParams::default().labels(&format!("{}={}", labels::APP_NAME, key.name));
        all.list("revisions", api.list(&of_app).await);
        match resources::records(world, key).await {
            Ok(trackers) => {
                for tracker in trackers {
                    let name = format!("trackers/{}.yaml", tracker.metadata.name);
                    all.value(&name, serde_json::to_value(&tracker).unwrap_or_default());
                }
            }
            Err(why) => all.text("trackers/UNREAD.txt", &why),
        }
        all.plan(world, key).await;
        all.delivered(world, key).await;
        Ok(all)
    }

    /// What a repair would write now: the difference of what was delivered and what is.
    async fn plan(&mut self, world: &dyn World, key: &AppKey) {
        let hub = world.hub();
        let planned = match operate::application(&hub, &key.namespace, &key.name).await {
            Ok(app) => operate::drift(&hub, &app).await,
            Err(error) => Err(error),
        };
        let text = match planned {
            Ok((plan, unread)) => {
                let rows = plan.actions.iter().map(told);
                let unread = unread.iter().map(|it| format!("not read: {it:?}\n"));
                rows.chain(unread).collect()
            }
            Err(error) => error.to_string(),
        };
        self.text("plan.txt", &text);
    }

    async fn delivered(&mut self, world: &dyn World, key: &AppKey) {
        let ids = match resources::tracked(world, key).await {
            Ok(ids) => ids,
            Err(why) => return self.text("objects/UNREAD.txt", &why),
        };
        let mut places = BTreeSet::from([(LOCAL_CLUSTER.to_owned(), key.namespace.clone())]);
        let mut names = BTreeSet::from([key.name.clone()]);
        for id in ids {
            let file = format!("objects/{}/{}-{}-{}", id.cluster, id.kind, id.namespace, id.name);
            let read = match resources::api(world, &id).await {
                Ok(api) => api.get(&id.name).await.map_err(|error| words::api(&error)),
                Err(why) => Err(why),
            };
            match read {
                Ok(object) => {
                    let whole = resources::whole(object, &id.api_version, &id.kind);
                    self.value(&format!("{file}.yaml"), whole);
                }
                Err(why) => self.text(&format!("{file}.UNREAD.txt"), &why),
            }
            places.insert((id.cluster.clone(), id.namespace.clone()));
            names.insert(id.name);
        }
        self.events(world, places, &names).await;
        match resources::once(world, key).await {
            Ok(nodes) => self.grown(world, &nodes).await,
            Err(why) => self.text("tree.txt", &why),
        }
    }

    async fn events(
        &mut self,
        world: &dyn World,
        places: BTreeSet<(String, String)>,
        names: &BTreeSet<String>,
    ) {
        for (cluster, namespace) in places {
            let file = format!("events/{cluster}-{namespace}");
            let read = match world.client(&cluster).await {
                Ok(client) => {
                    let api: Api<Event> = Api::namespaced(client, &namespace);
                    api.list(&ListParams::default()).await.map_err(|error| words::api(&error))
                }
                Err(why) => Err(why),
            };
            match read {
                Ok(list) => {
                    let about = list.items.iter().filter(|event| events::concerns(event, names));
                    let about: Vec<&Event> = about.collect();
                    self.value(
                        &format!("{file}.yaml"),
                        serde_json::to_value(about).unwrap_or_default(),
                    );
                }
                Err(why) => self.text(&format!("{file}.UNREAD.txt"), &why),
            }
        }
    }

    /// The tree, and the end of the log of each container in it.
    async fn grown(&mut self, world: &dyn World, nodes: &[Node]) {
        let row = |node: &Node| {
            let indent = "  ".repeat(node.depth);
            format!("{indent}{} {}  {}  {}\n", node.kind, node.name, node.state.word(), node.text)
        };
        let tree: String = nodes.iter().map(row).collect();
        self.text("tree.txt", &tree);
        let mut pod: Option<&Node> = None;
        for node in nodes.iter().take(10 * MOST_CONTAINERS) {
            match node.kind.as_str() {
                "Pod" => pod = Some(node),
                "container" => {
                    let Some(pod) = pod else { continue };
                    self.logs(world, pod, node.name.as_str()).await;
                }
                _ => {}
            }
        }
    }

    async fn logs(&mut self, world: &dyn World, pod: &Node, container: &str) {
        let Ok(client) = world.client(&pod.cluster).await else { return };
        let api: Api<Pod> = Api::namespaced(client, &pod.namespace);
        for (previous, what) in [(false, ""), (true, ".previous")] {
            let params = LogParams {
                container: Some(container.to_owned()),
                previous,
                tail_lines: Some(LINES),
                limit_bytes: Some(BYTES),
                timestamps: true,
                ..LogParams::default()
            };
            let name = format!("logs/{}/{}-{container}{what}.log", pod.cluster, pod.name);
            match api.logs(pod.name.as_str(), &params).await {
                Ok(text) => self.text(&name, &text),
                Err(error) if !previous => self.text(&name, &words::api(&error)),
                // Most containers never ran before.
                Err(_) => {}
            }
        }
    }

    fn list(&mut self, folder: &str, list: kube::Result<kube::api::ObjectList<DynamicObject>>) {
        match list {
            Ok(list) => {
                for object in list {
                    let name = object.metadata.name.clone().unwrap_or_default();
                    self.object(&format!("{folder}/{name}.yaml"), object);
                }
            }
            Err(error) => self.text(&format!("{folder}/UNREAD.txt"), &words::api(&error)),
        }
    }

    fn object(&mut self, name: &str, object: DynamicObject) {
        self.value(name, serde_json::to_value(object).unwrap_or_default());
    }

    fn value(&mut self, name: &str, mut value: Value) {
        mask::object(&mut value);
        let text = serde_saphyr::to_string(&value).unwrap_or_else(|error| error.to_string());
        self.put(name, text);
    }

    fn text(&mut self, name: &str, text: &str) {
        self.put(name, mask::text(text));
    }

    /// A name that is too long for the archive is cut, and a number keeps it apart from the others.
    fn put(&mut self, name: &str, text: String) {
        let safe: String = name
            .chars()
            .map(|c| if c.is_ascii_alphanumeric() || "-._/".contains(c) { c } else { '_' })
            .collect::<String>()
            .replace("..", "_");
        let name = match safe.len() > tar::LONGEST_NAME {
            true => format!("{}~{}", &safe[..tar::LONGEST_NAME - 6], self.0.len()),
            false => safe,
        };
        self.0.push((name, text));
    }
}
