//! The logs of an application's containers in every cluster, merged as they arrive, bounded.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use futures::{AsyncBufReadExt, TryStreamExt};
use jiff::Timestamp;
use k8s_openapi::api::core::v1::Pod;
use kube::api::{ListParams, LogParams};
use kube::{Api, ResourceExt};
use mizzen_oam::labels;
use tokio::sync::mpsc;
use tokio::time::Instant;

use super::world::World;
use super::{Task, resources, words};
use crate::console::model::AppKey;
use crate::console::model::detail::{Level, LogLine};
use crate::console::term::clean::Clean;
use crate::console::update::{Msg, PartUpdate};

/// Lines kept.
const MOST_LINES: usize = 2_000;
/// Lines asked for at the start, of each container.
const TAIL: i64 = 100;
/// Lines that arrive within this time are one message.
const GATHER: Duration = Duration::from_millis(100);
/// Containers followed at most.
const MOST_CONTAINERS: usize = 50;

/// A line as it arrives: where from, and what the node sent.
struct Arrived {
    source: Arc<Clean>,
    line: String,
}

/// Follows until nobody listens. Lines stand in the order in which they were written, whichever pod
/// and cluster they come from.
pub async fn follow(world: Arc<dyn World>, tx: mpsc::Sender<Msg>, key: AppKey) {
    let (lines_tx, mut lines) = mpsc::channel::<Arrived>(1024);
    let send = async |part| tx.send(Msg::Part(key.clone(), PartUpdate::Logs(part))).await.is_ok();
    let sources = match start(&world, &key, &lines_tx).await {
        Ok(sources) => sources,
        Err(why) => {
            send(Err(Clean::new(&why))).await;
            return;
        }
    };
    if sources.is_empty() {
        let why = "no container of this application runs anywhere";
        send(Ok(vec![LogLine { text: Clean::own(why), ..LogLine::default() }])).await;
        return;
    }
    drop(lines_tx);
    let mut kept: VecDeque<LogLine> = VecDeque::new();
    let mut number = 0;
    let mut flush_at: Option<Instant> = None;
    loop {
        let next = match flush_at {
            Some(at) => tokio::time::timeout_at(at, lines.recv()).await.ok(),
            None => Some(lines.recv().await),
        };
        match next {
            Some(Some(arrived)) => {
                number += 1;
                put(&mut kept, line(number, &arrived));
                flush_at = flush_at.or_else(|| Some(Instant::now() + GATHER));
            }
            Some(None) => {
                send(Ok(kept.into_iter().collect())).await;
                return;
            }
            None => {
                flush_at = None;
                if !send(Ok(kept.iter().cloned().collect())).await {
                    return;
                }
            }
        }
    }
}

/// Puts a line where its time belongs; nearly always that is the end. The oldest go.
fn put(kept: &mut VecDeque<LogLine>, line: LogLine) {
    let later = kept.iter().rev().take_while(|other| line.time.is_some() && other.time > line.time);
    let at = kept.len() - later.count();
    kept.insert(at, line);
    if kept.len() > MOST_LINES {
        kept.pop_front();
    }
}

/// The node writes the time in front of each line.
fn line(number: u64, arrived: &Arrived) -> LogLine {
    let split = arrived.line.split_once(' ');
    let stamped = split.and_then(|(time, rest)| Some((time.parse::<Timestamp>().ok()?, rest)));
    let (time, text) = match stamped {
        Some((time, text)) => (Some(time), text),
        None => (None, arrived.line.as_str()),
    };
    let source = arrived.source.as_ref().clone();
    LogLine { number, time, source, text: Clean::new(text), level: Level::of(text) }
}

/// One task per container of every Pod whose labels name one of the application's components.
async fn start(
    world: &Arc<dyn World>,
    key: &AppKey,
    lines: &mpsc::Sender<Arrived>,
) -> Result<Vec<Task>, String> {
    let mut places: Vec<(String, String, String)> = Vec::new();
    for tracker in resources::records(world.as_ref(), key).await? {
        for entry in &tracker.spec.managed_resources {
            let namespace = entry.object().namespace.clone();
            places.push((entry.cluster().to_owned(), namespace, entry.component.clone()));
        }
    }
    places.sort();
    places.dedup();
    let mut tasks = Vec::new();
    for (cluster, namespace, component) in places {
        let Ok(client) = world.client(&cluster).await else { continue };
        let pods: Api<Pod> = Api::namespaced(client, &namespace);
        let selector = format!("{}={component}", labels::APP_COMPONENT);
        let Ok(found) = pods.list(&ListParams::default().labels(&selector)).await else { continue };
        for pod in found {
            let several = pod.spec.as_ref().is_some_and(|spec| spec.containers.len() > 1);
            for container in pod.spec.iter().flat_map(|spec| &spec.containers) {
                if tasks.len() < MOST_CONTAINERS {
                    // Most pods have one container, which is named after what the pod belongs to.
                    let head = match several {
                        true => format!("{cluster}/{} {}", pod.name_any(), container.name),
                        false => format!("{cluster}/{}", pod.name_any()),
                    };
                    let (pods, lines) = (pods.clone(), lines.clone());
                    let source = (pod.name_any(), container.name.clone());
                    tasks.push(Task(tokio::spawn(container_lines(pods, source, head, lines))));
                }
            }
        }
    }
    Ok(tasks)
}

async fn container_lines(
    pods: Api<Pod>,
    (pod, container): (String, String),
    head: String,
    lines: mpsc::Sender<Arrived>,
) {
    let source = Arc::new(Clean::new(&head));
    let arrived = |line: String| Arrived { source: source.clone(), line };
    let params = LogParams {
        container: Some(container),
        follow: true,
        tail_lines: Some(TAIL),
        timestamps: true,
        ..LogParams::default()
    };
    let stream = match pods.log_stream(&pod, &params).await {
        Ok(stream) => stream,
        Err(error) => {
            let _ = lines.send(arrived(format!("cannot be read: {}", words::api(&error)))).await;
            return;
        }
    };
    let mut read = stream.lines();
    while let Ok(Some(line)) = read.try_next().await {
        if lines.send(arrived(line)).await.is_err() {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_all_pods_stand_in_the_order_of_their_times() {
        let source = Arc::new(Clean::own("eu-1/web"));
        let mut kept = VecDeque::new();
        for (number, text) in [
            (1, "2026-03-01T12:00:01.5Z second"),
            (2, "2026-03-01T12:00:03Z third"),
            (3, "2026-03-01T12:00:01Z first"),
            (4, "no time stands in front"),
        ] {
            let arrived = Arrived { source: source.clone(), line: text.to_owned() };
            put(&mut kept, line(number, &arrived));
        }
        let texts: Vec<&str> = kept.iter().map(|line| line.text.as_str()).collect();
        assert_eq!(texts, ["first", "second", "third", "no time stands in front"]);
    }
}
