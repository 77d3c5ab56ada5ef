//! The real program on a real pseudo-terminal: it opens, works by keys, and gives the terminal back
//! however it ends. Waits for what the screen shows, never for time.

#![allow(clippy::panic, reason = "a failing test panics")]

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
fn signals_give_the_terminal_back() {
    for signal in ["TERM", "HUP", "INT"] {
        let mut terminal = Terminal::console_without_hub((80, 24));
        terminal.until("the first frame", |screen| screen.contains("[inbox]"));
        terminal.signal(signal);
        terminal.ended_well();
    }
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
