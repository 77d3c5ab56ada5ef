//! Values printed as CUE, JSON, YAML or text.

use mizzen_cue::syntax::Style;
use mizzen_cue::{Error, Validate, Value, View};

use super::super::say::{aside, text};
use super::super::stop::Stop;
use super::{Asked, Eval, Form, Inputs, Question, complaint, question};
use crate::console::term::clean::Clean;

/// Prints every value that is asked for, a line between them. One that is in error does not keep the
/// others from being shown.
pub(super) fn all(
    asked: &Asked,
    separator: &str,
    show: impl Fn(&Question) -> Result<String, Stop>,
) -> Result<(), Stop> {
    let sources = Inputs::read(&asked.files)?.merged()?;
    let mut end = Ok(());
    let mut before = "";
    for question in question::questions(sources, &asked.expressions)? {
        match show(&question) {
            Ok(shown) => {
                text(&format!("{before}{shown}"));
                before = separator;
            }
            Err(stop) => {
                if let Err(earlier) = std::mem::replace(&mut end, Err(stop)) {
                    tell(earlier);
                }
            }
        }
    }
    end
}

/// Says on the side why something is in error while the command goes on.
pub(super) fn tell(stop: Stop) {
    for line in Clean::lines(&stop.text()) {
        aside(format_args!("{line}"));
    }
}

/// What stands between two values in a form.
pub(super) fn separator(form: Form) -> &'static str {
    match form {
        Form::Cue => "// ---\n",
        Form::Yaml => "---\n",
        Form::Json | Form::Text => "",
    }
}

/// A value as it is known, incomplete or not.
pub(super) fn evaluated(question: &Question, flags: &Eval) -> Result<String, Stop> {
    if flags.out != Form::Cue {
        return exported(question, flags.out);
    }
    let title = question.title.as_ref().map_or(String::new(), |title| format!("// {title}\n"));
    let view = View::default()
        .defaults(true)
        .definitions(true)
        .optional(flags.all || flags.show_optional)
        .hidden(flags.all || flags.show_hidden)
        .attributes(flags.show_attributes);
    let shown = |value: &Value| {
        value.validate(Validate::default().concrete(flags.concrete))?;
        Ok(Style::default().spaces(4).simplify(flags.simplify).file(&value.view(view)?))
    };
    let shown = refused(question, shown(&question.value));
    match shown {
        Ok(shown) => Ok(title + &shown),
        Err(Stop::Refused(told)) => Err(Stop::Refused(title + &told)),
        Err(other) => Err(other),
    }
}

/// A value as data.
pub(super) fn exported(question: &Question, form: Form) -> Result<String, Stop> {
    let value = &question.value;
    refused(question, value.validate(Validate::default().concrete(true)))?;
    if form == Form::Text {
        let is = value.incomplete_kind();
        let text = value.as_str().map(|text| text + "\n");
        return text
            .ok_or_else(|| Stop::Refused(format!("cannot write a value of type {is} as text")));
    }
    let view = View::default().defaults(true).attributes(true).docs(true);
    let shown = match form {
        Form::Yaml => value.to_yaml(),
        Form::Cue => value.view(view).map(|file| Style::default().simplify(true).file(&file)),
        Form::Json | Form::Text => value.to_data().map(|data| data.to_json_pretty("    ") + "\n"),
    };
    refused(question, shown)
}

/// A value as it is defined.
pub(super) fn defined(question: &Question) -> Result<String, Stop> {
    let view = View::default().attributes(true).docs(true);
    let shown = |value: &Value| {
        value.validate_all()?;
        Ok(Style::default().simplify(true).file(&value.definition(view)?))
    };
    refused(question, shown(&question.value))
}

fn refused<T>(question: &Question, result: Result<T, Error>) -> Result<T, Stop> {
    result.map_err(|error| complaint::refused(&error, &question.sources))
}
