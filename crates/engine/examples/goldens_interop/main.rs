//! Plays recorded scenarios of a genuine controller on our engine and compares every object after
//! every step. Run through `cargo xtask goldens interop FOLDER [--only WORD] [--area AREA]
//! [--failures FILE]`.
//!
//! Each scenario has a fresh hub with two members and a paused clock, so that minutes of waiting
//! take no time. Prints the differences of each scenario and last a line `N of M`.

mod compare;
mod dump;
mod engine_side;
mod flags;
mod kinds;
mod loopback;
mod operator;
mod play;
mod scenario;
mod world;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use mizzen_hub::{Gateway, Hub};
use play::Outcome;
use scenario::Recorded;

/// How many differences of one scenario are printed.
const SHOWN: usize = 6;

struct Args {
    folder: PathBuf,
    only: Option<String>,
    area: Option<String>,
    all: bool,
    upstream: Option<PathBuf>,
    /// Where the ids of what failed are written, one a line.
    failures: Option<PathBuf>,
}

fn main() -> ExitCode {
    match args().and_then(|args| run(&args)) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(why) => {
            eprintln!("goldens interop: {why}");
            ExitCode::from(2)
        }
    }
}

fn args() -> Result<Args, String> {
    let mut words = std::env::args().skip(1);
    let folder = words.next().ok_or("which folder? `cargo xtask goldens interop FOLDER`")?;
    let mut args = Args {
        folder: folder.into(),
        only: None,
        area: None,
        all: false,
        upstream: None,
        failures: None,
    };
    while let Some(word) = words.next() {
        match word.as_str() {
            "--only" => args.only = words.next(),
            "--area" => args.area = words.next(),
            "--upstream" => args.upstream = words.next().map(PathBuf::from),
            "--all-differences" => args.all = true,
            "--failures" => args.failures = words.next().map(PathBuf::from),
            other => {
                return Err(format!(
                    "no option {other}; there are --only, --area, --upstream, --all-differences, \
                     --failures"
                ));
            }
        }
    }
    Ok(args)
}

fn run(args: &Args) -> Result<bool, String> {
    let (mut failures, mut total) = (Vec::new(), 0);
    for folder in folders(&args.folder)? {
        let recorded = Recorded::read(&folder)?;
        if !wanted(args, &recorded) {
            continue;
        }
        total += 1;
        match play(args, &recorded)? {
            Outcome::Same => continue,
            Outcome::NotBuilt(what) => println!("{}: not yet built: {what}", recorded.id),
            Outcome::Different(found) => show(args, &recorded.id, &found),
        }
        failures.push(recorded.id);
    }
    if let Some(file) = &args.failures {
        let told = std::fs::write(file, failures.join("\n"));
        told.map_err(|e| format!("writing {}: {e}", file.display()))?;
    }
    println!("{} of {total}", total - failures.len());
    Ok(failures.is_empty())
}

fn wanted(args: &Args, recorded: &Recorded) -> bool {
    args.only.as_ref().is_none_or(|only| recorded.id.contains(only.as_str()))
        && args.area.as_ref().is_none_or(|area| *area == recorded.scenario.area)
}

fn show(args: &Args, id: &str, found: &[String]) {
    let shown = if args.all { found.len() } else { SHOWN };
    for difference in found.iter().take(shown) {
        println!("{id}: {difference}");
    }
    if found.len() > shown {
        println!("{id}: ... and {} more", found.len() - shown);
    }
}

fn folders(root: &Path) -> Result<Vec<PathBuf>, String> {
    let entries = std::fs::read_dir(root).map_err(|e| format!("{}: {e}", root.display()))?;
    let mut folders: Vec<_> = entries
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .filter(|path| path.join("scenario.yaml").exists())
        .collect();
    folders.sort();
    if folders.is_empty() && root.join("scenario.yaml").exists() {
        folders.push(root.to_owned());
    }
    Ok(folders)
}

/// One scenario in a runtime of its own, whose clock is paused.
fn play(args: &Args, recorded: &Recorded) -> Result<Outcome, String> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .start_paused(true)
        .build()
        .map_err(|error| format!("starting a runtime: {error}"))?;
    runtime.block_on(async {
        let gateway = Gateway::new("/apis/cluster.core.oam.dev/v1alpha1/clustergateways")
            .members_by_secret("vela-system", "cluster.core.oam.dev/cluster-credential-type");
        let hub = Hub::builder()
            .gateway(gateway)
            .projection(engine_side::virtual_clusters())
            .clusters(["hub", "m1", "m2"])
            .seed(1)
            .rbac(true)
            .build()
            .await
            .map_err(|error| format!("starting a hub: {error}"))?;
        let options = match flags::options(recorded.scenario.controller_flags.as_slice()) {
            Ok(options) => options,
            Err(why) => return Ok(play::ended(why)),
        };
        let joined = recorded.scenario.area == "multicluster"
            && !recorded.scenario.namespace.starts_with("mc-join");
        if joined {
            engine_side::join(&hub).await?;
        }
        let _running = match engine_side::start(&hub, options, args.upstream.as_deref()).await {
            Ok(running) => running,
            Err(why) => return Ok(play::ended(why)),
        };
        let namespace = &recorded.scenario.namespace;
        let operator = operator::Operator::new(&hub, namespace);
        let world = world::World::new(hub, namespace);
        for namespace in [namespace].into_iter().chain(&recorded.scenario.namespaces) {
            world.namespace_made(namespace).await?;
        }
        // The definitions of the recorded plane had their revisions long before.
        world.quiet(Duration::ZERO, Duration::from_secs(60)).await;
        Ok(play::scenario(recorded, &world, &operator).await)
    })
}
