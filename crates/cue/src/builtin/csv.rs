//! `encoding/csv`: RFC 4180 as Go reads and writes it.

use super::args::*;
use crate::data::Data;
use crate::func::{CallError, CallResult, Package};
use crate::kind::Kind;

pub(super) const PACKAGE: Package = Package {
    path: "encoding/csv",
    functions: &[
        data("Encode", &[TOP], Kind::STRING, encode),
        data("Decode", &[TEXT], Kind::LIST, decode),
    ],
    values: "",
};

fn list(d: &Data) -> Result<&[Data], CallError> {
    match d {
        Data::List(items) => Ok(items),
        other => Err(CallError::fatal(format!(
            "cannot use value {} (type {}) as list",
            other.to_json(),
            other.kind()
        ))),
    }
}

fn encode(a: &[Data]) -> CallResult {
    let mut out = String::new();
    for row in list(&a[0])? {
        for (i, column) in list(row)?.iter().enumerate() {
            if i > 0 {
                out.push(',');
            }
            match column {
                Data::Str(s) => write_field(&mut out, s),
                other => write_field(&mut out, &other.to_json()),
            }
        }
        out.push('\n');
    }
    text(out)
}

fn write_field(out: &mut String, field: &str) {
    let special = |c| matches!(c, ',' | '"' | '\r' | '\n');
    let quoted = field == "\\."
        || field.contains(special)
        || field.chars().next().is_some_and(char::is_whitespace);
    if !quoted {
        return out.push_str(field);
    }
    out.push('"');
    out.push_str(&field.replace('"', "\"\""));
    out.push('"');
}

fn decode(a: &[Data]) -> CallResult {
    let text = String::from_utf8_lossy(octets(a, 0)).replace("\r\n", "\n");
    let mut reader = Reader { rest: &text, line: 0 };
    let mut rows: Vec<Vec<Data>> = Vec::new();
    while let Some(row) = reader.row()? {
        let want = rows.first().map_or(row.len(), Vec::len);
        if row.len() != want {
            let line = reader.line;
            return Err(CallError::fatal(format!("record on line {line}: wrong number of fields")));
        }
        rows.push(row);
    }
    Ok(Data::list(rows.into_iter().map(Data::list)))
}

struct Reader<'a> {
    rest: &'a str,
    line: usize,
}

impl<'a> Reader<'a> {
    /// The next line with its end; None at the end of the text.
    fn take_line(&mut self) -> Option<&'a str> {
        if self.rest.is_empty() {
            return None;
        }
        self.line += 1;
        let end = self.rest.find('\n').map_or(self.rest.len(), |i| i + 1);
        let (line, rest) = self.rest.split_at(end);
        self.rest = rest;
        Some(line)
    }

    /// The fields of the next line that is not empty.
    fn row(&mut self) -> Result<Option<Vec<Data>>, CallError> {
        let mut line = match self.take_line() {
            None => return Ok(None),
            Some(line) => line,
        };
        while line == "\n" {
            match self.take_line() {
                None => return Ok(None),
                Some(next) => line = next,
            }
        }
        let mut fields = Vec::new();
        loop {
            let Some(quoted) = line.strip_prefix('"') else {
                let end = line.find(',').unwrap_or_else(|| line.trim_end_matches('\n').len());
                let field = &line[..end];
                if field.contains('"') {
                    return Err(self.bad("bare \" in non-quoted field"));
                }
                fields.push(Data::str(field));
                match line[end..].strip_prefix(',') {
                    Some(rest) => line = rest,
                    None => return Ok(Some(fields)),
                }
                continue;
            };
            let (field, rest) = self.quoted(quoted)?;
            fields.push(Data::str(field));
            match rest.strip_prefix(',') {
                Some(more) => line = more,
                None if rest.is_empty() || rest == "\n" => return Ok(Some(fields)),
                None => return Err(self.bad("extraneous or missing \" in quoted-field")),
            }
        }
    }

    /// A field after its opening quote, and what follows the closing one.
    fn quoted(&mut self, line: &'a str) -> Result<(String, &'a str), CallError> {
        let mut field = String::new();
        let mut line = line;
        loop {
            let Some(at) = line.find('"') else {
                field.push_str(line);
                line = match self.take_line() {
                    Some(next) => next,
                    None => return Err(self.bad("extraneous or missing \" in quoted-field")),
                };
                continue;
            };
            field.push_str(&line[..at]);
            let rest = &line[at + 1..];
            match rest.strip_prefix('"') {
                Some(more) => {
                    field.push('"');
                    line = more;
                }
                None => return Ok((field, rest)),
            }
        }
    }

    fn bad(&self, why: &str) -> CallError {
        CallError::fatal(format!("parse error on line {}: {why}", self.line))
    }
}
