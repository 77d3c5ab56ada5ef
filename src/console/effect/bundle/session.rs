//! A recording of one moment: what every side of an application shows now, as the console is told it. It is
//! gathered until nothing more comes, so a cluster that does not answer keeps nothing else out.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout_at};

use super::super::world::World;
use super::super::{Shown, Task, follow};
use crate::console::model::AppKey;
use crate::console::model::address::Address;
use crate::console::model::logs::Ask;
use crate::console::model::nav::{Tab, View};
use crate::console::record::{Entry, Head, lines};
use crate::console::update::{Known, Msg, PartUpdate};

/// What has not come within this time does not come.
const PATIENCE: Duration = Duration::from_secs(8);
/// Nothing more is on its way when nothing came for so long.
const QUIET: Duration = Duration::from_millis(800);

/// The recording as lines.
///
/// # Errors
/// Something in it cannot be written as JSON.
pub(super) async fn of(world: &Arc<dyn World>, key: &AppKey, known: Known) -> io::Result<String> {
    let parts = parts(world, key).await;
    let mut told = fleet(known);
    // Logs come as answer to a question.
    told.push(go(key, Tab::Logs));
    told.extend(parts);
    told.push(go(key, Tab::Tree));
    let entries: Vec<Entry> = told.into_iter().map(|msg| Entry(0, msg)).collect();
    lines(&Head::of_moment(Timestamp::now()), &entries)
}

fn go(key: &AppKey, tab: Tab) -> Msg {
    Msg::Go(Address { view: View::App(key.clone(), tab), ..Address::default() })
}

/// What stands in the lists of that application.
fn fleet(known: Known) -> Vec<Msg> {
    let drift = vec![(known.app.key.clone(), known.drift)];
    vec![
        Msg::Identity(known.hub, known.identity),
        Msg::Clusters(known.clusters),
        Msg::Apps { changed: vec![known.app], gone: Vec::new(), complete: true },
        Msg::Drift(drift),
    ]
}

/// What the sides show; of each what came last, of the logs everything.
async fn parts(world: &Arc<dyn World>, key: &AppKey) -> Vec<Msg> {
    let (tx, mut rx) = mpsc::channel(1024);
    let shown = |tab: Tab| match tab {
        Tab::Logs => Shown::Logs(key.clone(), Ask { generation: 1, ..Ask::default() }),
        tab => Shown::Side(key.clone(), tab),
    };
    let watch = |tab: Tab| Task(tokio::spawn(follow(world.clone(), tx.clone(), shown(tab))));
    let watches: Vec<Task> = Tab::ALL.into_iter().map(watch).collect();
    drop(tx);
    let mut parts: Vec<Msg> = Vec::new();
    let until = Instant::now() + PATIENCE;
    let mut quiet = until;
    while let Ok(Some(msg)) = timeout_at(quiet.min(until), rx.recv()).await {
        let Msg::Part(_, part) = &msg else { continue };
        let newer = std::mem::discriminant(part);
        let logs = matches!(part, PartUpdate::Logs(..));
        let older = |known: &Msg| matches!(known, Msg::Part(_, part) if std::mem::discriminant(part) == newer);
        parts.retain(|known| logs || !older(known));
        parts.push(msg);
        // Containers may never be quiet.
        if !logs {
            quiet = Instant::now() + QUIET;
        }
    }
    drop(watches);
    parts
}
