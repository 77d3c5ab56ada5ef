//! Literals, the scanner and the parser: the tables in the reference's Go tests, as far as a text and an outcome tell.
//!
//! Literals: the value of each number and string, and which are refused. Scanner: the first message of each text that it
//! refuses. Parser: which texts are read and which refused; the trees themselves are compared by the formatter's corpus.
//! Left aside: rows that no program can hold, since the scanner refuses them first (old octal numbers, a backslash at the
//! end of a line), rows whose text is no UTF-8, tokens one by one, and types of functions (a mode of the reference's parser
//! that no program uses).

use std::path::Path;

use mizzen_cue::syntax::{Mode, SourceId, parse_file};
use mizzen_cue::{Context, Value};

use crate::Outcome;
use crate::gotable::{Cell, rows};

fn source(module: &Path, file: &str) -> Result<String, String> {
    crate::player::read(&module.join(file))
}

/// `cue/literal`.
pub(crate) fn literals(module: &Path) -> Result<Vec<Outcome>, String> {
    let mut out = Vec::new();
    let numbers = source(module, "cue/literal/num_test.go")?;
    for row in rows(&numbers, "func TestNumbers(") {
        let (Some(text), Some(norm)) = (text(&row, 0), text(&row, 1)) else { continue };
        if text == "0755" {
            continue;
        }
        out.push((format!("number {text}"), number(text, norm)));
    }
    for row in rows(&numbers, "func TestNumErrors(") {
        let Some(text) = text(&row, 0) else { continue };
        let diff = evaluated(text).is_some().then(|| "accepted".to_owned());
        out.push((format!("no number {text:?}"), diff));
    }
    let strings = source(module, "cue/literal/string_test.go")?;
    for row in rows(&strings, "func TestUnquote(") {
        let (Some(text), Some(Cell::Text(want))) = (text(&row, 0), row.get(1)) else { continue };
        if text.contains("\\\n") || text.contains("\\\r\n") {
            continue;
        }
        let refused = !matches!(row.get(2), Some(Cell::Other(e)) if e.trim() == "nil");
        out.push((format!("string {text:?}"), string(text, want, refused)));
    }
    Ok(out)
}

fn text(row: &[Cell], i: usize) -> Option<&str> {
    row.get(i)?.text()
}

fn evaluated(text: &str) -> Option<Value> {
    let value = Context::builder().build().eval_str(&format!("x: {text}\n")).ok()?.lookup("x");
    value.err().is_none().then_some(value)
}

fn number(text: &str, norm: &str) -> Option<String> {
    let (got, want) = (evaluated(text), evaluated(norm)?);
    let got = got.and_then(|v| v.as_number());
    let same = got.as_ref().zip(want.as_number()).is_some_and(|(a, b)| a.cmp_value(&b).is_eq());
    (!same).then(|| format!("{got:?}, expected {norm}"))
}

fn string(text: &str, want: &[u8], refused: bool) -> Option<String> {
    let got = evaluated(text);
    let octets = got.as_ref().and_then(|v| v.as_bytes().or(v.as_str().map(String::into_bytes)));
    match octets {
        Some(_) if refused => Some("accepted".to_owned()),
        None if refused => None,
        Some(octets) if octets == want => None,
        octets => Some(format!(
            "{:?}, expected {:?}",
            octets.map(|o| String::from_utf8_lossy(&o).into_owned()),
            String::from_utf8_lossy(want)
        )),
    }
}

/// `cue/scanner`: texts with an error, by the message and where it stands.
pub(crate) fn scanner(module: &Path) -> Result<Vec<Outcome>, String> {
    let tests = source(module, "cue/scanner/scanner_test.go")?;
    let mut out = Vec::new();
    for row in rows(&tests, "var errorTests = ") {
        let (Some(text), Some(want)) = (text(&row, 0), text(&row, 4)) else { continue };
        let errors = parse_file(SourceId::default(), text, Mode::All).errors;
        let found = want.is_empty() || errors.iter().any(|e| e.message == want);
        let shown = || errors.iter().map(|e| e.message.clone()).collect::<Vec<_>>().join("; ");
        out.push((
            format!("{text:?}"),
            (!found).then(|| format!("{:?}, expected {want:?}", shown())),
        ));
    }
    for row in rows(&tests, "var testTokens = ") {
        let Some(text) = text(&row, 1) else { continue };
        // A token alone is no program: what counts is that no part of it is illegal.
        let errors = parse_file(SourceId::default(), text, Mode::All).errors;
        let illegal = errors.iter().find(|e| e.message.starts_with("illegal"));
        out.push((format!("token {text:?}"), illegal.map(|e| e.message.clone())));
    }
    Ok(out)
}

/// `cue/parser`: which texts are read.
pub(crate) fn parser(module: &Path) -> Result<Vec<Outcome>, String> {
    let tests = source(module, "cue/parser/parser_test.go")?;
    let short = source(module, "cue/parser/short_test.go")?;
    let mut out = Vec::new();
    for row in rows(&tests, "func TestParse(") {
        let (Some(name), Some(text), Some(want)) = (text(&row, 0), text(&row, 1), text(&row, 2))
        else {
            continue;
        };
        if !name.contains("function types") {
            // Errors follow the tree, each on a line of its own that starts with a word.
            let complaint = |l: &str| l.starts_with(|c: char| c.is_ascii_lowercase());
            let reads = !want.lines().skip(1).any(complaint);
            out.push((name.to_owned(), accepts(text, reads)));
        }
    }
    for row in rows(&tests, "func TestStrict(") {
        let (Some(name), Some(text)) = (text(&row, 0), text(&row, 1)) else { continue };
        out.push((format!("strict {name}"), accepts(text, false)));
    }
    for row in rows(&short, "var valids = ") {
        let Some(text) = text(&row, 0) else { continue };
        out.push((format!("valid {text:?}"), accepts(text, true)));
    }
    Ok(out)
}

fn accepts(text: &str, want: bool) -> Option<String> {
    let errors = parse_file(SourceId::default(), text, Mode::All).errors;
    match errors.first() {
        Some(e) if want => Some(format!("refused: {}", e.message)),
        None if !want => Some("accepted".to_owned()),
        _ => None,
    }
}
