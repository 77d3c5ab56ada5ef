//! How fast CUE evaluates here, beside the evaluator of reference in the same run: renders of the
//! built-in definitions, the reference's own benchmark programs, parsing, memory and two threads.
//!
//! Both sides get the same texts and the same inputs, and what they make is compared. The peer is a
//! program that `cargo xtask bench cue` builds and names in `MIZZEN_PEER`; without it the peer's
//! column says so.

#![allow(clippy::expect_used, clippy::panic, reason = "a benchmark that cannot run says why")]

mod measure;
mod memory;
mod peer;
mod row;
#[path = "../../crates/cue/examples/goldens_official/txtar.rs"]
mod txtar;
mod work;

use measure::{cold, made, median, parallel, parse, warm};
use peer::{Job, Peer};
use row::{Goal, Row};
use work::Work;

/// Seconds that the peer spends on one of its measures.
const PEER_SECONDS: f64 = 0.4;
/// The definition that the figures of single renders are of.
const SERVICE: &str = "component/webservice";

fn main() {
    let words: Vec<String> = std::env::args().collect();
    let as_json = words.iter().any(|word| word == "--json");
    let works = Work::all();
    let service = works.iter().find(|work| work.id == SERVICE).expect("the definition is built in");
    let archives = work::archives();
    let texts = works.iter().map(|work| work.template.as_str()).collect::<Vec<_>>();
    let longest = texts.iter().max_by_key(|text| text.len()).expect("there are definitions");
    let mut jobs = vec![
        Job::of(service, "filled"),
        Job { files: vec![service.joined()], ..Job::of(service, "evaluate") },
        Job { files: vec![(*longest).to_owned()], ..Job::of(service, "parse") },
        Job::of(service, "memory"),
    ];
    jobs.extend(works.iter().map(|work| Job::of(work, "render")));
    jobs.extend(archives.iter().map(|(name, files)| Job::archive(name, files)));
    let peer = Peer::measure(&jobs);
    let print = |row: Row| {
        row.print(as_json);
        row
    };

    let (template, inputs) = (service.compiled(), service.inputs());
    let time = median(|| drop(warm(&template, &inputs)));
    print(
        Row::micros("webservice-warm", time, peer.micros(&service.job("render")))
            .goal(Goal::Ours(60.0))
            .goal(Goal::Ratio(100.0)),
    );
    print(
        Row::micros("webservice-warm-best", time, peer.micros(&service.job("filled")))
            .goal(Goal::Ratio(25.0)),
    );
    let time = median(|| cold(service));
    print(
        Row::micros("webservice-cold", time, peer.micros(&service.job("evaluate")))
            .goal(Goal::Ours(300.0))
            .goal(Goal::Ratio(14.0)),
    );
    let speed = parse(longest);
    let theirs = peer.micros(&service.job("parse")).map(|micros| longest.len() as f64 / micros);
    print(Row::speed("parse", speed, theirs).goal(Goal::Above(60.0)));
    let size = memory::live_render(&template, &inputs);
    print(Row::kib("live-render", size, peer.kib(&service.job("memory"))).goal(Goal::Ours(300.0)));
    let growth = memory::growth(&template, &inputs, renders(&words));
    print(Row::kib("growth", growth, None).goal(Goal::Ours(1024.0)));
    print(Row::times("two-threads", parallel(&template, &inputs)).goal(Goal::Above(1.9)));

    let mut ratios = Vec::new();
    for work in &works {
        let (template, inputs) = (work.compiled(), work.inputs());
        let time = median(|| drop(warm(&template, &inputs)));
        let job = work.job("render");
        let mut row = Row::micros(&work.id, time, peer.micros(&job)).goal(Goal::Ratio(20.0));
        row.note = peer.difference(&job, &made(&template, &inputs));
        ratios.extend(print(row).ratio());
    }
    print(Row::times("definitions-mean", row::mean(&ratios)).goal(Goal::Above(80.0)));
    let mut ratios = Vec::new();
    for (name, files) in &archives {
        let time = median(|| measure::evaluate(files));
        let id = format!("archive/{name}");
        let row = Row::micros(&id, time, peer.micros(&id)).goal(Goal::Ratio(1.0));
        ratios.extend(print(row).ratio());
    }
    print(Row::times("archives-mean", row::mean(&ratios)).goal(Goal::Above(5.0)));
}

/// Renders whose memory is watched; `--renders N` asks for others.
fn renders(words: &[String]) -> usize {
    let at = words.iter().position(|word| word == "--renders");
    at.and_then(|at| words.get(at + 1)?.parse().ok()).unwrap_or(20_000)
}
