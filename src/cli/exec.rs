//! `mizzen exec`: a command, or a shell, in a container of an application, wherever it runs. It is kept in
//! the journal, and the Application gets an event, as when the console opens a shell.

use std::io::IsTerminal;
use std::sync::Arc;

use clap::Args;

use super::connect::Connection;
use super::say::aside;
use super::stop::Stop;
use crate::console::effect::journal::Journal;
use crate::console::effect::live::Live;
use crate::console::effect::world::World;
use crate::console::effect::{Shell, exec, resources};
use crate::console::lend::{on_this_terminal, to_the_end};
use crate::console::model::AppKey;
use crate::console::model::detail::Node;
use crate::console::term::clean::Clean;

/// Containers that are listed when several are meant.
const MOST_LISTED: usize = 12;

/// Which container, why, and what to run in it.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The application
    name: String,
    /// Only in this cluster
    #[arg(long)]
    cluster: Option<String>,
    /// Only in this pod
    #[arg(long)]
    pod: Option<String>,
    /// Only in this container
    #[arg(short, long)]
    container: Option<String>,
    /// Why; kept in the journal and in an event of the application
    #[arg(long)]
    reason: String,
    #[command(flatten)]
    connection: Connection,
    /// What to run; without it, a shell on this terminal
    #[arg(last = true)]
    command: Vec<String>,
}

/// A container in a pod.
struct Found<'a> {
    pod: &'a Node,
    container: &'a Node,
}

impl Arguments {
    fn means(&self, found: &Found<'_>) -> bool {
        let fits =
            |wanted: &Option<String>, has: &str| wanted.as_ref().is_none_or(|wanted| wanted == has);
        fits(&self.cluster, &found.pod.cluster)
            && fits(&self.pod, found.pod.name.as_str())
            && fits(&self.container, found.container.name.as_str())
    }
}

pub(super) async fn run(arguments: Arguments) -> Result<(), Stop> {
    let shell = arguments.command.is_empty();
    if shell && (!std::io::stdin().is_terminal() || !std::io::stdout().is_terminal()) {
        return Err(Stop::Failed("a shell needs a terminal; name a command after --".to_owned()));
    }
    if arguments.reason.trim().is_empty() {
        return Err(Stop::Refused("say why: --reason is empty".to_owned()));
    }
    let hub = arguments.connection.open().await?;
    let person = hub.actor("").name;
    let key = AppKey { namespace: hub.namespace.clone(), name: arguments.name.clone() };
    let world: Arc<dyn World> = Arc::new(Live::new(&hub.name, &person, hub.client));
    let nodes = resources::once(world.as_ref(), &key).await.map_err(Stop::Failed)?;
    let subject = subject(&arguments, &nodes).map_err(Stop::Refused)?;
    let plan = exec::plan(world.as_ref(), 1, key.clone(), &subject, arguments.command);
    let prepared = plan.await.map_err(Stop::Refused)?;
    let shell_of = Shell::of(world, Journal::of_person(), &key, prepared, arguments.reason);
    let ended = match shell {
        true => on_this_terminal(shell_of).await,
        false => to_the_end(shell_of).await,
    };
    let (said, code) = ended.map_err(Stop::Failed)?;
    match code {
        Some(0) => Ok(()),
        Some(code) => Err(Stop::Ended(code)),
        None => {
            aside(format_args!("{said}"));
            Err(Stop::Ended(2))
        }
    }
}

/// The one container that is meant, as a plan names it.
fn subject(arguments: &Arguments, nodes: &[Node]) -> Result<String, String> {
    let mut pod = None;
    let mut found = Vec::new();
    for node in nodes {
        match node.kind.as_str() {
            "Pod" => pod = Some(node),
            "container" => found.extend(pod.map(|pod| Found { pod, container: node })),
            _ => {}
        }
    }
    found.retain(|found| arguments.means(found));
    match found.as_slice() {
        [] => Err("no container of it is called so".to_owned()),
        [one] => {
            let Node { cluster, namespace, name, .. } = one.pod;
            Ok(format!("{cluster} {namespace} {name} {}", one.container.name))
        }
        several => {
            let line = |it: &Found<'_>| {
                let (cluster, container) = (Clean::new(&it.pod.cluster), &it.container.name);
                format!("\n  --cluster {cluster} --pod {} --container {container}", it.pod.name)
            };
            let lines: String = several.iter().take(MOST_LISTED).map(line).collect();
            Err(format!("{} containers could be meant; name one:{lines}", several.len()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node(kind: &str, name: &str, cluster: &str) -> Node {
        Node {
            kind: Clean::new(kind),
            name: Clean::new(name),
            cluster: cluster.into(),
            namespace: "shop".into(),
            ..Node::default()
        }
    }

    #[test]
    fn one_container_is_meant_or_they_are_listed() {
        let nodes = [
            node("", "eu-1", "eu-1"),
            node("Pod", "web-1", "eu-1"),
            node("container", "web", "eu-1"),
            node("container", "proxy", "eu-1"),
            node("Pod", "web-2", "us-1"),
            node("container", "web", "us-1"),
        ];
        let asked = |cluster: Option<&str>, pod: Option<&str>, container: Option<&str>| {
            let own = |text: Option<&str>| text.map(str::to_owned);
            let arguments = Arguments {
                name: "shop".into(),
                cluster: own(cluster),
                pod: own(pod),
                container: own(container),
                reason: "why".into(),
                connection: Connection::default(),
                command: Vec::new(),
            };
            subject(&arguments, &nodes)
        };
        assert_eq!(asked(Some("us-1"), None, None).as_deref(), Ok("us-1 shop web-2 web"));
        assert_eq!(
            asked(None, Some("web-1"), Some("proxy")).as_deref(),
            Ok("eu-1 shop web-1 proxy")
        );
        let several = asked(None, None, Some("web")).expect_err("two are meant");
        assert!(several.contains("2 containers") && several.contains("--cluster us-1 --pod web-2"));
        assert!(asked(None, Some("nobody"), None).is_err_and(|why| why.contains("called so")));
    }
}
