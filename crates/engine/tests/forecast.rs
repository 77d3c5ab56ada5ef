//! Forecasts of the applications in `examples/`: what would be written where, gate by gate.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use mizzen_engine::forecast::{self, End, Forecast, Premises};
use mizzen_engine::plan::{Rules, Verb};
use mizzen_engine::render::placement::KnownCluster;
use mizzen_engine::render::{Appfile, ClusterVersion, Definitions, RevisionRef, authoring};
use mizzen_engine::workflow::Run;
use mizzen_oam::Application;

fn example(name: &str) -> Application {
    let path = format!("{}/../../examples/{name}", env!("CARGO_MANIFEST_DIR"));
    serde_saphyr::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn definitions() -> Definitions {
    let mut definitions = Definitions::builtin().unwrap();
    let path = format!("{}/../../examples/definitions/guarded.cue", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(path).unwrap();
    let own = authoring::definition(definitions.compiler(), "guarded.cue", &text).unwrap();
    definitions.insert(own);
    definitions
}

fn forecast(app: &Application, run: Run, pass_gates: bool) -> Forecast {
    let clusters: Vec<KnownCluster> = ["local", "eu-1", "us-1", "ap-1"]
        .map(|name| KnownCluster { name: name.to_owned(), ..KnownCluster::default() })
        .to_vec();
    let definitions = definitions();
    let file = Appfile::new(app, RevisionRef::default(), None).unwrap();
    let premises = Premises {
        app: &file,
        definitions: &definitions,
        clusters: &clusters,
        version: ClusterVersion::default(),
        now: "2024-01-01T00:00:00Z".parse().unwrap(),
    };
    forecast::walk(&premises, run, pass_gates).unwrap()
}

/// `cluster kind/name` of every object, sorted, and how it ends.
fn summary(forecast: &Forecast) -> (Vec<String>, End) {
    let objects = forecast.steps.iter().flat_map(|step| &step.objects);
    let mut lines: Vec<String> = objects
        .map(|(cluster, object)| {
            let text = |at: &str| object.pointer(at).and_then(|v| v.as_str()).unwrap_or("");
            format!("{cluster} {}/{}", text("/kind"), text("/metadata/name"))
        })
        .collect();
    lines.sort();
    (lines, forecast.end.clone())
}

#[test]
fn a_forecast_ends_at_the_gate() {
    let (objects, end) = summary(&forecast(&example("shop.yaml"), Run::default(), false));
    assert_eq!(end, End::Gate("look-at-europe".to_owned()));
    assert_eq!(
        objects,
        [
            "eu-1 Deployment/catalog",
            "eu-1 Deployment/storefront",
            "eu-1 Ingress/storefront",
            "eu-1 Service/catalog",
            "eu-1 Service/storefront",
        ]
    );
}

#[test]
fn what_lies_behind_the_gate_is_foreseen_too() {
    let all = forecast(&example("shop.yaml"), Run::default(), true);
    assert_eq!(all.end, End::Finished);
    let last = all.steps.last().unwrap();
    assert_eq!(last.step, "deliver-america");
    let replicas: Vec<_> = last
        .objects
        .iter()
        .filter(|(cluster, object)| cluster == "us-1" && object["kind"] == "Deployment")
        .map(|(_, object)| object["spec"]["replicas"].clone())
        .collect();
    assert_eq!(replicas, [2, 2], "the override of the step counts");
}

#[test]
fn every_example_has_a_forecast_and_a_plan() {
    for (name, creates) in
        [("checkout.yaml", 6), ("reports.yaml", 2), ("edge.yaml", 6), ("search.yaml", 3)]
    {
        let app = example(name);
        let forecast = forecast(&app, Run::default(), true);
        assert_eq!(forecast.end, End::Finished, "{name}");
        let plan = forecast::plan(&forecast, &Rules::of(&app).unwrap(), |_| None);
        assert_eq!(plan.count(Verb::Create), creates, "{name}: {:#?}", summary(&forecast));
    }
}

#[test]
fn what_nobody_can_know_ends_it_with_a_sentence() {
    let mut app = example("search.yaml");
    let steps = serde_json::json!([
        {"name": "ask", "type": "request", "properties": {"url": "http://example.com"}},
    ]);
    app.spec.workflow.as_mut().unwrap().steps = serde_json::from_value(steps).unwrap();
    let forecast = forecast(&app, Run::default(), true);
    let End::Stops { step, why } = &forecast.end else { panic!("{:?}", forecast.end) };
    assert_eq!(step, "ask");
    assert!(why.contains("not known before it runs"), "{why}");
}
