//! The real program on a real pseudo-terminal: it opens, works by keys, and gives the terminal back
//! however it ends. Waits for what the screen shows, never for time.

#![allow(clippy::panic, reason = "a failing test panics")]

#[path = "console_pty/journeys.rs"]
mod journeys;
#[path = "shared/pty.rs"]
mod pty;
#[path = "console_pty/terminal.rs"]
mod terminal;

use terminal::Terminal;

#[test]
fn the_first_frame_stands_before_the_hub_answers() {
    // Nothing listens there, and nothing ever answers.
    let mut terminal = Terminal::console_without_hub((80, 24));
    terminal.until("the first frame", |screen| screen.contains("[inbox]"));
    terminal.until("the reason", |screen| screen.contains("cannot be read"));
    terminal.send(b"?");
    terminal.until("help all the same", |screen| screen.contains("next row"));
    terminal.send(b"x\x03");
    terminal.ended_well();
}

#[test]
fn keys_lead_through_the_demo() {
    let mut terminal = Terminal::demo((80, 24));
    terminal.until("applications", |screen| screen.contains("3/4 clusters"));
    terminal.send(b"2");
    terminal.until("the list", |screen| screen.contains("shop/checkout"));
    terminal.send(b"/checkout\r\r");
    terminal.until("the application", |screen| {
        screen.contains("[tree]") || screen.contains("[workflow]")
    });
    terminal.send(b"y");
    terminal.until("the object", |screen| screen.contains("kind: Application"));
    terminal.resize((120, 40));
    terminal.until("the wider screen", |screen| screen.lines().count() > 30);
    terminal.send(b"\x1b");
    terminal.until("the list again", |screen| screen.contains("[applications]"));
    terminal.send(b"\x03");
    let said = terminal.ended_well();
    assert!(said.contains("first frame"), "{said}");
}

#[test]
fn the_main_job_is_done_by_keys_alone_on_a_small_screen() {
    main_job((80, 24));
}

#[test]
fn the_main_job_is_done_by_keys_alone_on_a_large_screen() {
    main_job((200, 50));
}

fn main_job(size: (u16, u16)) {
    let mut terminal = Terminal::demo(size);
    approve_what_waits(&mut terminal);
    repair_what_drifted(&mut terminal);
    roll_back_what_fails(&mut terminal);
    terminal.send(b"\x03");
    terminal.ended_well();
}

/// Finds what waits at a gate, reads the plan, says why, and sees it finish in the next cluster.
fn approve_what_waits(terminal: &mut Terminal) {
    terminal.until("what waits", |screen| screen.contains("look-at-europe waits for appro"));
    terminal.send(b"/waiting\r\r");
    terminal.until("the workflow", |screen| screen.contains("[workflow]"));
    terminal.send(b"A");
    terminal.until("the plan", |screen| {
        screen.contains("Approve shop/shop") && screen.contains("create Deployment default/catalog")
    });
    commit(terminal, "Approve", None);
    terminal.until("the end", |screen| row(screen, "deliver-america").contains("done"));
}

/// Finds in the inbox what drifted and who did it, reads the difference, and puts it back.
fn repair_what_drifted(terminal: &mut Terminal) {
    terminal.send(b"1");
    terminal.until("what was approved is gone from what waits", |screen| {
        row(screen, "shop/shop").contains("gone")
    });
    terminal.send(b"\x1b");
    terminal.until("drift in the inbox", |screen| {
        row(screen, "data/reports").contains("≠ drift")
            && row(screen, "data/reports").contains("kubectl-scale changed")
    });
    terminal.send(b"/reports\r\r");
    terminal.until("who did it", |screen| screen.contains("kubectl-scale, "));
    terminal.send(b"t");
    terminal.until("drift in the tree", |screen| screen.contains("spec.replicas by kubectl-scale"));
    terminal.send(b"dD");
    terminal.until("the plan", |screen| screen.contains("- spec.replicas: 5"));
    commit(terminal, "Repair", None);
    terminal.until("as delivered", |screen| screen.contains("1 without a difference"));
    terminal.send(b"\x1b");
    terminal.until("it needs no one any more", |screen| {
        screen.contains("[inbox]") && row(screen, "data/reports").contains("gone")
    });
}

/// Opens a third, whose new release does not come up, and goes back to the one before.
fn roll_back_what_fails(terminal: &mut Terminal) {
    terminal.send(b"2/search\r\rw");
    terminal.until("its workflow", |screen| row(screen, "deliver").contains("running"));
    terminal.send(b"H");
    terminal.until("the plan", |screen| screen.contains("Hold shop/search"));
    commit(terminal, "Hold", None);
    terminal.until("it is held", |screen| row(screen, "deliver").contains("held"));
    terminal.send(b"R");
    terminal.until("the plan", |screen| {
        screen.contains("Roll back shop/search to search-v1") && screen.contains("to go on:")
    });
    let screen = terminal.screen();
    let code = screen.split("Type ").nth(1).and_then(|rest| rest.split(' ').next());
    let code = code.map(str::to_owned);
    commit(terminal, "Roll back", code.as_deref());
    terminal.until("it is as before", |screen| row(screen, "deliver").contains("done"));
}

/// The row of the screen that holds a text.
fn row<'a>(screen: &'a str, text: &str) -> &'a str {
    screen.lines().find(|line| line.contains(&format!(" {text} "))).unwrap_or_default()
}

/// Says why, types the code where there is one, and says yes.
fn commit(terminal: &mut Terminal, verb: &str, code: Option<&str>) {
    terminal.press(b"\t", "the reason has the focus", |screen| screen.contains("Why: _"));
    terminal.send(b"looked at it\t");
    if let Some(code) = code {
        terminal.send(format!("{code}\t").as_bytes());
    }
    let button = format!("[ {verb} ]");
    terminal.until("the button has the focus", |screen| screen.contains(&button));
    // What moved meanwhile has to be read for a moment. A key after the press that was taken would close
    // what the hub says, so it is pressed only as long as there is a button.
    terminal.press(b"\r", "it is being written", |screen| !screen.contains(&button));
    terminal.until("it was written", |screen| screen.contains("written and kept by the hub"));
}

/// Two revisions, what a delivery now would change, and what runs: each is two keys away, and says what is
/// compared with what.
#[test]
fn sides_and_revisions_are_compared_by_keys() {
    let mut terminal = Terminal::demo((120, 40));
    terminal.until("what waits", |screen| screen.contains("look-at-europe waits for appro"));
    terminal.send(b"2/search\r\rr");
    terminal.until("its revisions", |screen| screen.contains("search-v2"));
    terminal.send(b"jd");
    terminal.until("the one before against what is applied", |screen| {
        screen.contains("- search-v1   + applied")
            && screen.contains("-       image: registry.example.com/shop/search:")
            && screen.contains("Deployment search in")
    });
    terminal.send(b"\t\t");
    terminal.until("against what runs", |screen| screen.contains("- search-v1   + live"));
    terminal.send(b"32");
    terminal.until("nothing would change", |screen| {
        screen.contains("- applied   + rendered") && screen.contains("without a difference")
    });
    let screen = terminal.screen();
    assert!(!screen.lines().any(|line| line.contains(" in eu-1: only")), "{screen}");
    terminal.send(b"\x03");
    terminal.ended_well();
}

/// What is known of an application is one file, without the values of its Secrets.
#[test]
fn an_incident_is_one_archive() {
    let mut terminal = Terminal::demo((120, 30));
    terminal.until("what waits", |screen| screen.contains("look-at-europe waits for appro"));
    terminal.send(b"/waiting\r\rt");
    terminal.until("a container", |screen| screen.contains("container catalog"));
    terminal.send(b"\x05");
    terminal.until("it is written", |screen| screen.contains("values of Secrets are masked"));
    let written = std::fs::read_dir(terminal.folder()).expect("the folder it runs in");
    let archive = written
        .flatten()
        .map(|entry| entry.path())
        .find(|path| path.extension().is_some_and(|end| end == "gz"));
    let archive = archive.expect("an archive");
    let file = std::fs::File::open(&archive).expect("it can be read");
    let mut bytes = Vec::new();
    std::io::Read::read_to_end(&mut flate2::read::GzDecoder::new(file), &mut bytes).expect("gzip");
    let text = String::from_utf8_lossy(&bytes);
    for part in [
        "application.yaml",
        "revisions/shop-v1.yaml",
        "trackers/",
        "objects/eu-1/Deployment-",
        "events/",
        "tree.txt",
        "logs/eu-1/",
        "plan.txt",
        "session.jsonl",
    ] {
        assert!(text.contains(part), "{part}");
    }
    terminal.send(b"\x03");
    let archive = archive.display().to_string();
    let mut offline = Terminal::replay((100, 30), std::path::Path::new(&archive));
    offline.until("the moment", |screen| screen.contains("looking around"));
    offline.until("the tree", |screen| screen.contains("container catalog"));
    for (key, shows) in [
        ("d", "without a difference"),
        ("t", "container catalog"),
        ("w", "look-at-europe"),
        ("o", "following"),
    ] {
        offline.send(key.as_bytes());
        offline.until(key, |screen| screen.contains(shows));
    }
    offline.send(b"\x03");
    offline.ended_well();
    terminal.ended_well();
}

/// A session that was recorded is opened again, without the world that it was about.
#[test]
fn a_recorded_session_is_opened_again() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("session.mzr");
    let mut terminal = Terminal::recording((80, 24), &file);
    terminal.until("what waits", |screen| screen.contains("look-at-europe waits for appro"));
    terminal.send(b"/waiting\r\rt");
    terminal.until("a container", |screen| screen.contains("container catalog"));
    terminal.send(b"\x03");
    terminal.ended_well();
    let mut terminal = Terminal::replay((100, 30), &file);
    terminal.until("the player", |screen| screen.contains("space stops"));
    terminal.send(b"G");
    terminal.until("its end", |screen| screen.contains("container catalog"));
    terminal.send(b"g");
    terminal.until("its beginning", |screen| screen.contains("replay 0:00"));
    terminal.send(b"G\t1");
    terminal.until("another place", |screen| screen.contains("[inbox]"));
    terminal.send(b"\t");
    terminal.until("the recording again", |screen| screen.contains("container catalog"));
    terminal.send(b"q");
    terminal.ended_well();
}

/// A shell has the terminal until it ends, until a person leaves it, and until everything is ended.
#[test]
fn a_shell_has_the_terminal_and_gives_it_back() {
    let mut terminal = Terminal::demo((100, 30));
    terminal.until("what waits", |screen| screen.contains("look-at-europe waits for appro"));
    terminal.send(b"/waiting\r\rt");
    terminal.until("a container", |screen| screen.contains("container catalog"));
    terminal.send(b"jjj");
    open_shell(&mut terminal);
    terminal.send(b"echo $KUBERNETES_SERVICE_PORT; stty size\r");
    terminal.until("its words", |screen| screen.contains("443") && screen.contains("30 100"));
    terminal.send(b"exit 3\r");
    terminal.until("how it ended", |screen| {
        screen.contains("[tree]") && screen.contains("the shell ended with exit code 3")
    });
    open_shell(&mut terminal);
    terminal.send(b"\x1d");
    terminal.until("it was left", |screen| {
        screen.contains("[tree]") && screen.contains("left while it went on")
    });
    open_shell(&mut terminal);
    terminal.signal("TERM");
    terminal.ended_well();
}

fn open_shell(terminal: &mut Terminal) {
    terminal.send(b"!");
    terminal.until("the plan", |screen| screen.contains("Open a shell in container catalog"));
    terminal.press(b"\t", "the reason has the focus", |screen| screen.contains("Why: _"));
    terminal.send(b"looking\t");
    terminal.until("the button has the focus", |screen| screen.contains("[ Open a shell ]"));
    terminal.press(b"\r", "the shell", |screen| screen.contains("/ #"));
    assert!(!terminal.screen().contains("[tree]"), "{}", terminal.screen());
}

#[test]
fn signals_give_the_terminal_back() {
    for signal in ["TERM", "HUP", "INT"] {
        let mut terminal = Terminal::console_without_hub((80, 24));
        terminal.until("the first frame", |screen| screen.contains("[inbox]"));
        terminal.signal(signal);
        terminal.ended_well();
    }
}

#[test]
fn a_tiny_screen_and_a_storm_of_sizes_leave_it_whole() {
    let mut terminal = Terminal::demo((40, 10));
    terminal.until("what waits", |screen| screen.contains("◆ shop/shop"));
    for step in 0..60_u16 {
        terminal.resize((1 + step * 7 % 200, 1 + step * 3 % 60));
    }
    terminal.resize((80, 24));
    terminal.send(b"\x0c");
    terminal.until("all of it", |screen| {
        screen.contains("[inbox]") && row(screen, "shop/shop").contains("waiting")
    });
    terminal.send(b"?");
    terminal.until("keys still count", |screen| screen.contains("next row"));
    terminal.send(b"x\x03");
    terminal.ended_well();
}

#[test]
fn an_arrow_that_the_network_cut_is_no_command() {
    let mut terminal = Terminal::console_without_hub((80, 24));
    terminal.until("the reason", |screen| screen.contains("cannot be read"));
    terminal.send(b"\x1b");
    terminal.send(b"[A");
    terminal.send(b"?");
    terminal.until("only the question mark counted", |screen| screen.contains("next row"));
    terminal.send(b"x\x03");
    terminal.ended_well();
}

#[test]
fn a_terminal_that_cannot_place_a_cursor_is_refused() {
    let mut terminal = Terminal::with_term("dumb", (80, 24));
    terminal.until("a sentence", |screen| screen.contains("cannot place a cursor"));
}
