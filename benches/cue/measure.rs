//! One turn of each measure, and how turns are timed.

use std::hint::black_box;
use std::time::{Duration, Instant};

use mizzen_cue::data::Data;
use mizzen_cue::syntax::{Mode, Sources, parse_file};
use mizzen_cue::{Context, Fields, Source, Template, Validate, Value};
use serde_json::{Map, Value as Json};

use crate::work::Work;

/// How long a measure runs, and how often at least.
const TIME: Duration = Duration::from_millis(400);
const TURNS: usize = 5;

/// The median time of a turn, in seconds.
pub(crate) fn median(mut turn: impl FnMut()) -> f64 {
    turn();
    let mut times = Vec::new();
    let start = Instant::now();
    while times.len() < TURNS || start.elapsed() < TIME {
        let turn_start = Instant::now();
        turn();
        times.push(turn_start.elapsed());
    }
    times.sort();
    times[times.len() / 2].as_secs_f64()
}

/// A finished evaluation.
pub(crate) fn run(template: &Template, inputs: &[(&str, Data)]) -> Value {
    let mut run = template.eval();
    for (name, data) in inputs {
        run = run.fill(name, data.clone());
    }
    let value = run.run().expect("within the budget");
    value.validate(Validate::default()).expect("the inputs suit the definition");
    value
}

/// Inputs in, JSON of what was made out.
pub(crate) fn warm(template: &Template, inputs: &[(&str, Data)]) -> Vec<String> {
    let value = run(template, inputs);
    let texts: Vec<String> = fields(&value).iter().filter_map(|(_, v)| v.to_json().ok()).collect();
    black_box(texts)
}

/// All fields but the inputs; where there are no others, the parameter.
fn fields(value: &Value) -> Vec<(String, Value)> {
    let mut fields: Vec<_> = value
        .fields(Fields::regular())
        .into_iter()
        .map(|field| (field.name().to_owned(), field.value))
        .collect();
    let inputs = |name: &str| matches!(name, "parameter" | "context");
    if fields.iter().all(|(name, _)| inputs(name)) {
        fields.retain(|(name, _)| name == "parameter");
    } else {
        fields.retain(|(name, _)| !inputs(name));
    }
    fields
}

/// What a render made; null where a field has no JSON.
pub(crate) fn made(template: &Template, inputs: &[(&str, Data)]) -> Json {
    let fields = fields(&run(template, inputs));
    let json = |value: &Value| value.to_serde().unwrap_or(Json::Null);
    Json::Object(fields.iter().map(|(name, v)| (name.clone(), json(v))).collect::<Map<_, _>>())
}

/// From text to JSON with nothing known before.
pub(crate) fn cold(work: &Work) {
    let source = Source::new("template.cue", work.template.as_str());
    let template = work.context().compile(&[source]).expect("a built-in definition compiles");
    warm(&template, &work.inputs());
}

/// From the texts of a package to its value; errors are results.
pub(crate) fn evaluate(files: &[String]) {
    let sources: Vec<_> = files.iter().map(|text| Source::new("in.cue", text.as_str())).collect();
    if let Ok(template) = Context::builder().build().compile(&sources)
        && let Ok(value) = template.eval().run()
    {
        let _ = black_box(value.validate(Validate::default()));
    }
}

/// Megabytes of text parsed in a second.
pub(crate) fn parse(text: &str) -> f64 {
    let time = median(|| {
        black_box(parse_file(Sources::new().add("parse.cue", text), text, Mode::All));
    });
    text.len() as f64 / time / 1e6
}

/// How much more two threads render on one template than one thread does.
pub(crate) fn parallel(template: &Template, inputs: &[(&str, Data)]) -> f64 {
    let turns = || {
        let start = Instant::now();
        let mut turns = 0_u32;
        while start.elapsed() < TIME {
            warm(template, inputs);
            turns += 1;
        }
        f64::from(turns) / start.elapsed().as_secs_f64()
    };
    let best = |runs: &dyn Fn() -> f64| (0..3).map(|_| runs()).fold(0.0, f64::max);
    let alone = best(&turns);
    let both = best(&|| {
        std::thread::scope(|scope| {
            let threads = [scope.spawn(turns), scope.spawn(turns)];
            threads.into_iter().map(|thread| thread.join().expect("no turn fails")).sum()
        })
    });
    both / alone
}
