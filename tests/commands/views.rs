//! `mizzen console --once`: every view as rows, without a terminal.

use serde_json::{Value, json};

use super::world::World;

const APPS: &str = "/apis/core.oam.dev/v1beta1/namespaces/default/applications";

async fn shop(world: &World) {
    let app = json!({"apiVersion": "core.oam.dev/v1beta1", "kind": "Application",
        "metadata": {"name": "shop", "labels": {"team": "pay"}},
        "spec": {"components": [{"name": "web", "type": "webservice"}]}});
    world.api("hub").create(APPS, &app).await.expect("an application");
    let status = json!({"status": {"status": "workflowSuspending", "workflow": {"mode": "StepByStep",
        "status": "suspending", "suspend": true, "terminated": false, "finished": false, "steps": [{"id": "s1",
            "name": "look", "type": "suspend", "phase": "suspending", "reason": "Suspend"}]}}});
    world.api("hub").merge(&format!("{APPS}/shop/status"), &status).await.expect("a status");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_view_is_printed_without_a_terminal() {
    let world = World::ready().await;
    shop(&world).await;
    let rows = |place: &str| -> Vec<Value> {
        let said = world.mizzen(&["console", "open", place, "--once", "-o", "json"]);
        assert_eq!(said.code, Some(0), "{place}: {said:?}");
        serde_json::from_str(&said.out).expect("rows as JSON")
    };
    assert_eq!(rows("/inbox")[0]["state"], "waiting");
    assert_eq!(rows("/applications?q=label:team=pay")[0]["name"], "shop");
    assert!(rows("/applications?q=health:ok").is_empty());
    assert!(rows("/clusters").iter().any(|row| row["name"] == "eu-1" && row["state"] == "ok"));
    assert_eq!(rows("/default/shop?tab=workflow")[0]["step"], "look");
    let yaml = rows("/default/shop?tab=yaml");
    assert!(yaml.iter().any(|row| row["line"] == "  name: shop"), "{yaml:?}");
    assert!(yaml.iter().any(|row| row["line"] == "kind: Application"));
    let info = rows("/default/shop?tab=info");
    assert!(info.iter().any(|row| row["fact"] == "web" && row["what"] == "webservice"), "{info:?}");
    let pulse = rows("/pulse");
    assert!(pulse[0]["cluster"] == "" && pulse[0]["waiting"] == 1, "{pulse:?}");
    rows("/journal");
    for tab in ["tree", "diff", "revisions", "events", "logs"] {
        rows(&format!("/default/shop?tab={tab}"));
    }
    let places = ["/inbox", "/applications", "/clusters", "/pulse", "/journal"].map(str::to_owned);
    let tabs = ["tree", "workflow", "diff", "revisions", "info", "yaml", "events", "logs"];
    let sides = tabs.map(|tab| format!("/default/shop?tab={tab}"));
    for (at, place) in places.iter().chain(&sides).enumerate() {
        let form = ["table", "yaml", "markdown"][at % 3];
        let said = world.mizzen(&["console", "open", place, "--once", "-o", form]);
        assert_eq!(said.code, Some(0), "{place} as {form}: {said:?}");
    }
    let said = world.mizzen(&["console", "--once", "-o", "markdown"]);
    assert!(said.out.starts_with("| kind | namespace | name |"), "{said:?}");
    let said = world.mizzen(&["console", "open", "/default/nobody", "--once"]);
    assert_eq!(said.code, Some(2), "{said:?}");
    assert!(said.err.contains("there is no application default/nobody"), "{said:?}");
}
