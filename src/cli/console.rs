//! `mizzen console`: the terminal console on a hub.

use std::sync::Arc;
use std::time::Instant;

use clap::{Args, Subcommand, ValueEnum};
use serde_json::{Value, json};

use super::connect::Connection;
use super::output::{self, Output, Table};
use super::say::{self, aside, say};
use super::stop::Stop;
use crate::console::effect::journal::Journal;
use crate::console::effect::live::Live;
use crate::console::effect::world::World;
use crate::console::model::Action;
use crate::console::model::action::RECORDS;
use crate::console::model::address::Address;
use crate::console::model::keymap::Keymap;
use crate::console::model::nav::Tab;
use crate::console::once::{Seen, once};
use crate::console::run::Connect;
use crate::console::start::{self, start};
use crate::console::term::clean::Clean;
use crate::console::view::fields::Fields;

/// How the console runs, and on which hub.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(super) struct Arguments {
    #[command(subcommand)]
    place: Option<Place>,
    #[command(flatten)]
    how: How,
}

/// Where the console begins.
#[derive(Debug, Subcommand)]
enum Place {
    /// Begin at an address, such as hub/eu-1/shop/checkout?tab=diff
    Open {
        /// As the console copies it (`#`), keeps it (`b`) and shows it in a bookmark
        address: String,
        #[command(flatten)]
        how: How,
    },
    /// Print the keys of a keymap, and what is odd about it
    Keys {
        /// Keymap: default, vim, k9s, basic, or the name of a file in the configuration folder
        #[arg(long, default_value = "default")]
        keymap: String,
        #[command(flatten)]
        output: Output,
    },
}

/// How the console looks, and on which hub it is.
#[derive(Debug, Args)]
struct How {
    #[command(flatten)]
    console: start::Arguments,
    #[command(flatten)]
    connection: Connection,
    /// Print what the place shows once it is all there, without a terminal
    #[arg(long)]
    once: bool,
    /// Form of what is printed
    #[arg(short, long, value_enum, default_value_t = Form::Table, requires = "once")]
    output: Form,
}

/// Form of a view that is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Form {
    /// For people.
    Table,
    /// For programs.
    Json,
    /// For programs and people.
    Yaml,
    /// For what is written about an incident.
    Markdown,
}

pub(super) async fn run(arguments: Arguments, started: Instant) -> Result<(), Stop> {
    let (place, how) = match arguments.place {
        Some(Place::Open { address, how }) => {
            (Some(Address::parse(&address).map_err(Stop::Failed)?), how)
        }
        Some(Place::Keys { keymap, output }) => return keys(&keymap, output),
        None => (None, arguments.how),
    };
    let connection = how.connection;
    let connect: Connect = Box::pin(async move {
        let hub = connection.open().await.map_err(Stop::text)?;
        let person = hub.actor("").name;
        let world: Arc<dyn World> = Arc::new(Live::new(&hub.name, &person, hub.client));
        Ok(world)
    });
    if how.once {
        let model = start::model(&how.console).map_err(Stop::Failed)?;
        let world = connect.await.map_err(Stop::Failed)?;
        let journal = Journal::of_person();
        let seen = once(model, place.unwrap_or_default(), world, journal).await;
        return print(&seen.map_err(Stop::Failed)?, how.output);
    }
    show(&how.console, place, started, connect).await
}

/// Prints a keymap, and beside it what is odd about it.
fn keys(name: &str, output: Output) -> Result<(), Stop> {
    let keymap = start::keymap(name).map_err(Stop::Failed)?;
    for line in keymap.report() {
        aside(format_args!("{}", Clean::new(&line)));
    }
    let rows = RECORDS.iter().map(|(action, name, help)| {
        json!({"action": name, "keys": keymap.keys(*action), "side": side(&keymap, *action),
            "help": help})
    });
    output.print(&rows.collect(), || {
        let mut table = Table::new(&["ACTION", "KEYS", "ON", "WHAT IT DOES"]);
        for (action, name, help) in RECORDS {
            table.row([
                name,
                keymap.keys(*action).join(" ").as_str(),
                side(&keymap, *action),
                help,
            ]);
        }
        table
    })
}

fn side(keymap: &Keymap, action: Action) -> &'static str {
    keymap.side_of(action).map_or("", Tab::title)
}

/// Prints what was seen.
fn print(seen: &Seen, form: Form) -> Result<(), Stop> {
    for why in &seen.missing {
        aside(format_args!("{why}"));
    }
    let value = json!(seen.rows);
    match form {
        Form::Json => say!("{}", output::json(&value)),
        Form::Yaml => say::text(&output::yaml(&value)?),
        Form::Table | Form::Markdown if seen.rows.is_empty() => aside(format_args!("nothing")),
        Form::Table if is_text(&seen.rows) => say::text(&lines(&seen.rows)),
        Form::Table => say::text(&table(&seen.rows).text()),
        Form::Markdown => say::text(&markdown(&seen.rows)),
    }
    Ok(())
}

/// Whether rows are lines of a text, whose indentation means something.
fn is_text(rows: &[Fields]) -> bool {
    rows.iter().all(|row| row.contains_key("line") && !row.contains_key("source"))
}

fn lines(rows: &[Fields]) -> String {
    let line = |row: &Fields| {
        let mark = cell(row, "mark");
        let mark = if mark.is_empty() { mark } else { format!("{mark} ") };
        let by = match cell(row, "by").as_str() {
            "" => String::new(),
            by => format!("   ({by} {})", cell(row, "at")),
        };
        format!("{}\n", Clean::new(&format!("{mark}{}{by}", cell(row, "line"))))
    };
    rows.iter().map(line).collect()
}

/// Fields that may be long; they stand last.
const LONG: &[&str] = &["what", "line", "said"];

/// The names of all fields that say anything, in the order in which they come first.
fn columns(rows: &[Fields]) -> Vec<&str> {
    let mut names: Vec<&str> = Vec::new();
    for (name, value) in rows.iter().flatten() {
        let says = !value.is_null() && value != "";
        if says && !names.contains(&name.as_str()) {
            names.push(name);
        }
    }
    names.sort_by_key(|name| LONG.contains(name));
    names
}

fn cell(row: &Fields, name: &str) -> String {
    match row.get(name) {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    }
}

fn table(rows: &[Fields]) -> Table {
    let names = columns(rows);
    let heads: Vec<String> = names.iter().map(|name| name.to_uppercase()).collect();
    let heads: Vec<&str> = heads.iter().map(String::as_str).collect();
    let mut table = Table::new(&heads);
    for row in rows {
        let cells: Vec<String> = names.iter().map(|name| cell(row, name)).collect();
        table.row(cells.iter().map(String::as_str));
    }
    table
}

fn markdown(rows: &[Fields]) -> String {
    let names = columns(rows);
    let line = |cells: Vec<String>| format!("| {} |\n", cells.join(" | "));
    let plain = |text: String| Clean::sentence(&text).as_str().replace('|', "\\|");
    let mut text = line(names.iter().map(|name| (*name).to_owned()).collect());
    text.push_str(&line(names.iter().map(|_| "---".to_owned()).collect()));
    for row in rows {
        text.push_str(&line(names.iter().map(|name| plain(cell(row, name))).collect()));
    }
    text
}

/// Runs the console until it is ended.
pub(super) async fn show(
    arguments: &start::Arguments,
    place: Option<Address>,
    started: Instant,
    connect: Connect,
) -> Result<(), Stop> {
    if let Some(line) = start(arguments, place, started, connect).await.map_err(Stop::Failed)? {
        say!("{line}");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_of_different_kinds_stand_in_one_table() {
        let rows: Vec<Fields> = serde_json::from_value(json!([
            {"what": "fine", "name": "shop", "state": "ok", "none": null},
            {"name": "eu|1", "delayMs": 4, "state": null},
        ]))
        .expect("rows");
        assert_eq!(columns(&rows), ["name", "state", "delayMs", "what"]);
        assert_eq!(
            markdown(&rows),
            "| name | state | delayMs | what |\n| --- | --- | --- | --- |\n| shop | ok |  | fine |\n| eu\\|1 |  | 4 |  |\n"
        );
    }
}
