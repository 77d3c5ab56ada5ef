//! `encoding/yaml`

use super::args::*;
use crate::data::Data;
use crate::func::{Arg, Body, Call, CallError, CallResult, Demand, Function, Package, Param};
use crate::kind::Kind;
use crate::yaml;

const fn checking(name: &'static str, f: fn(&mut dyn Call) -> CallResult) -> Function {
    const PARAMS: &[Param] = &[TEXT, Param::Schema(Kind::TOP)];
    Function { name, params: PARAMS, result: Kind::BOOL, body: Body::Call(f) }
}

pub(super) const PACKAGE: Package = Package {
    path: "encoding/yaml",
    functions: &[
        data("Marshal", &[TOP], Kind::STRING, |a| text(yaml::emit(&a[0]))),
        data("MarshalStream", &[TOP], Kind::STRING, stream),
        data("Unmarshal", &[TEXT], Kind::TOP, |a| match &documents(a)?[..] {
            [one] => Ok(one.clone()),
            _ => Err(CallError::fatal("expected a single YAML document")),
        }),
        data("UnmarshalStream", &[TEXT], Kind::TOP, |a| Ok(Data::list(documents(a)?))),
        checking("Validate", |c| validate(c, true)),
        checking("ValidatePartial", |c| validate(c, false)),
    ],
    values: "",
};

fn documents(a: &[Data]) -> Result<Vec<Data>, CallError> {
    let text =
        std::str::from_utf8(octets(a, 0)).map_err(|_| CallError::fatal("yaml: invalid UTF-8"))?;
    yaml::documents(text)
}

fn stream(a: &[Data]) -> CallResult {
    let Data::List(all) = &a[0] else {
        let (shown, kind) = (a[0].to_json(), a[0].kind());
        return Err(CallError::fatal(format!("cannot use value {shown} (type {kind}) as list")));
    };
    text(all.iter().map(yaml::emit).collect::<Vec<_>>().join("---\n"))
}

fn validate(call: &mut dyn Call, concrete: bool) -> CallResult {
    let (Some(Arg::Data(source)), Some(Arg::Schema(schema))) =
        (call.args().first().cloned(), call.args().get(1).cloned())
    else {
        return truth(false);
    };
    for document in documents(&[source])? {
        let demand = if concrete { Demand::Concrete } else { Demand::Nothing };
        call.unify(schema, &document, demand)?;
    }
    truth(true)
}
