//! The console on a hub in this process: watches become rows, an approval becomes a write, and a world
//! that moved refuses it. Waits for conditions, never for time.

#![allow(clippy::panic, reason = "a failing test panics")]

#[path = "console_live/driver.rs"]
mod driver;
#[path = "console_live/fleet.rs"]
mod fleet;
#[path = "console_live/states.rs"]
mod states;

use driver::Driver;
use fleet::Fleet;
use mizzen_hub::Fault;
use serde_json::json;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_waits_is_in_the_inbox_and_a_dead_cluster_is_one_row() {
    let fleet = Fleet::start().await;
    let mut console = Driver::start(&fleet);
    console
        .until("the application waits", |screen| screen.contains("check waits for approval"))
        .await;
    console.until("two of three clusters answer", |screen| screen.contains("2/3 clusters")).await;
    console.keys(&["3"]);
    console.until("the third is down", |screen| screen.contains("down     us-1")).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn resources_are_followed_across_clusters_down_to_containers() {
    let fleet = Fleet::start().await;
    let mut console = Driver::start(&fleet);
    console.until("the application waits", |screen| screen.contains("shop/checkout")).await;
    console.keys(&["t"]);
    console.until("a container", |screen| screen.contains("container web")).await;
    console.until("the dead cluster", |screen| screen.contains("us-1")).await;
    console.keys(&["d"]);
    fleet.drift().await;
    console.keys(&["t", "d"]);
    console
        .until("who drifted what", |screen| {
            screen.contains("- ")
                && screen.contains("replicas: 2")
                && screen.contains("replicas: 3")
        })
        .await;
    console.keys(&["y"]);
    console.until("the object", |screen| screen.contains("kind: Application")).await;
    console.keys(&["w"]);
    fleet.say("the smoke test is green").await;
    console.until("the step's words", |screen| screen.contains("the smoke test is green")).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn drift_comes_to_the_inbox_and_leads_to_its_repair() {
    let fleet = Fleet::start().await;
    let mut console = Driver::start(&fleet);
    console.until("the clusters answer", |screen| screen.contains("2/3 clusters")).await;
    fleet.drift().await;
    console
        .until("who changed what", |screen| {
            let row = screen.lines().find(|line| line.contains("≠ drift    shop/checkout"));
            row.is_some_and(|row| {
                row.contains("kubectl-edit changed spec.replicas of Deployment web in eu-1")
            })
        })
        .await;
    console.keys(&["/", "d", "r", "i", "f", "t", "enter", "t"]);
    // A plan is bound to the object as it was read, and its status still moves.
    console.until("it has come up", |screen| screen.matches("● container web").count() == 3).await;
    console.keys(&["D"]);
    console
        .until("the plan", |screen| {
            screen.contains("Repair shop/checkout") && screen.contains("- spec.replicas: 3")
        })
        .await;
    console.keys(&["tab", "o", "k", "tab", "enter"]);
    console
        .until("as delivered", |screen| {
            screen.contains("Deployment web") && screen.contains("2/2 ready")
        })
        .await;
    console.keys(&["esc"]);
    console
        .until("it needs no one any more", |screen| screen.contains("× gone     shop/che"))
        .await;
}

/// The lines of every pod stand in one list; a pod that starts while they are read comes in.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn logs_are_merged_and_pods_that_start_later_are_read() {
    let fleet = Fleet::start().await;
    let mut console = Driver::start(&fleet);
    console.until("the application waits", |screen| screen.contains("shop/checkout")).await;
    console.keys(&["o"]);
    console.until("two containers", |screen| screen.contains("last lines, 2 containers")).await;
    console.until("their lines", |screen| screen.contains("eu-1/web-")).await;
    fleet.drift().await;
    console.until("a third one", |screen| screen.contains("last lines, 3 containers")).await;
    console.keys(&["/", "!", "w", "e", "b", "-", "enter"]);
    console
        .until("only of other pods", |screen| {
            screen.contains("last lines that fit") && !screen.contains("eu-1/web-")
        })
        .await;
    console.keys(&["esc", "s", "s", "s", "s", "s"]);
    console.until("all of it", |screen| screen.contains("from the beginning, 3 containers")).await;
    console.until("their lines", |screen| screen.contains("eu-1/web-")).await;
    console.keys(&["p"]);
    console.until("none before", |screen| screen.contains("cannot be read: previous")).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_approval_is_written_with_its_reason() {
    let fleet = Fleet::start().await;
    let mut console = Driver::start(&fleet);
    console
        .until("the application waits", |screen| screen.contains("check waits for approval"))
        .await;
    console.keys(&["enter", "A"]);
    console
        .until("the plan", |screen| screen.contains("Approve shop/checkout at step check: 1 write"))
        .await;
    console.keys(&["tab", "o", "k", "tab", "enter"]);
    console
        .until("it was written", |screen| screen.contains("approve of shop/checkout: written"))
        .await;
    let app = fleet.application().await;
    assert_eq!(app["status"]["workflow"]["suspend"], json!(false));
    let events = fleet.hub("/api/v1/namespaces/shop/events").await;
    assert!(events.to_string().contains("Approved by alice: ok"), "{events}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_world_that_moved_refuses_and_says_what_moved() {
    let fleet = Fleet::start().await;
    let mut console = Driver::start(&fleet);
    console
        .until("the application waits", |screen| screen.contains("check waits for approval"))
        .await;
    console.keys(&["enter", "A"]);
    console
        .until("the plan", |screen| screen.contains("Approve shop/checkout at step check: 1 write"))
        .await;
    console.deafen();
    fleet.restart_run().await;
    console.keys(&["tab", "o", "k", "tab", "enter"]);
    console.until("it is refused", |screen| screen.contains("it changed since it was shown")).await;
    let app = fleet.application().await;
    assert_eq!(app["status"]["workflow"]["suspend"], json!(true), "nothing was written");
}

/// Whatever goes wrong with every call, the screen says that something is wrong, what was known stays, and
/// all is as before when the calls are answered again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hub_that_fails_every_call_is_told_and_comes_back() {
    for (fault, says) in [
        (Fault::Refuse, "refused"),
        (Fault::Forbidden, "forbidden"),
        (Fault::LoseReply, "closed before the answer"),
        (Fault::Cut(20), "broke off"),
    ] {
        let what = format!("{fault:?}");
        let fleet = Fleet::start().await;
        let mut console = Driver::start(&fleet);
        console.until("the application waits", |screen| screen.contains("check waits")).await;
        console.keys(&["t"]);
        console.until("its tree", |screen| screen.contains("container web")).await;
        fleet.fail(Some(fault));
        for side in ["e", "r", "o", "y"] {
            console.keys(&[side]);
            let told = |screen: &str| {
                let screen = screen.to_lowercase();
                screen.contains(says) || screen.contains("cannot be") || screen.contains("stale")
            };
            console.until(&format!("{what}: {side} says so"), told).await;
            console.until("where we are", |screen| screen.contains("shop/checkout")).await;
        }
        fleet.fail(None);
        console
            .until(&format!("{what}: back"), |screen| screen.contains("kind: Application"))
            .await;
        console.keys(&["esc"]);
        console.until("the inbox again", |screen| screen.contains("check waits")).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_idle_console_asks_nothing() {
    let fleet = Fleet::start().await;
    let mut console = Driver::start(&fleet);
    console
        .until("the application waits", |screen| screen.contains("check waits for approval"))
        .await;
    console.until("the clusters answer", |screen| screen.contains("2/3 clusters")).await;
    let mut before = fleet.requests();
    let mut frames = console.idle().await;
    for _ in 0..10 {
        if fleet.requests() == before && frames == 0 {
            break;
        }
        before = fleet.requests();
        frames = console.idle().await;
    }
    assert_eq!(fleet.requests(), before, "requests while nothing happened");
    assert_eq!(frames, 0, "screens that changed while nothing happened");
}
