//! The few tools of a simulated container.

use super::Ran;
use super::container::Container;

/// What `help` says.
const HELP: &str = "This container is simulated: nothing runs in it, and what is here is its environment and \
the\nfiles that are mounted into it. Known: cat, date, echo, env, exit, false, help, hostname, id, ls,\nprintenv, \
ps, pwd, sh, stty size, true, uname, whoami.";

const KNOWN: &[&str] = &[
    "ash", "bash", "cat", "date", "echo", "env", "false", "help", "hostname", "id", "ls",
    "printenv", "ps", "pwd", "sh", "stty", "true", "uname", "whoami",
];

/// A program without its folder.
pub(super) fn base(program: &str) -> &str {
    ["/bin/", "/usr/bin/"].iter().find_map(|folder| program.strip_prefix(folder)).unwrap_or(program)
}

/// Whether there is such a program.
pub(super) fn is_known(program: &str) -> bool {
    KNOWN.contains(&base(program))
}

/// Runs one command.
pub(super) fn run(
    container: &Container,
    (columns, rows): (u16, u16),
    last: i32,
    command: &[String],
) -> Ran {
    let words: Vec<&str> = command.iter().map(String::as_str).collect();
    let (program, rest) = match words.as_slice() {
        [program, rest @ ..] => (base(program), rest),
        [] => return fine(String::new()),
    };
    match (program, rest) {
        ("exit", []) => Ran::Exits(last),
        ("exit", [code, ..]) => Ran::Exits(code.parse().unwrap_or(2)),
        ("true", _) => fine(String::new()),
        ("false", _) => Ran::Done(String::new(), String::new(), 1),
        ("echo", ["-n", rest @ ..]) => Ran::Bare(rest.join(" ")),
        ("echo", rest) => fine(match rest.join(" ") {
            text if text.is_empty() => "\n".to_owned(),
            text => text,
        }),
        ("env" | "printenv", []) => {
            let pairs = container.env.iter().map(|(name, value)| format!("{name}={value}"));
            fine(pairs.collect::<Vec<_>>().join("\n"))
        }
        ("printenv", [name, ..]) => match container.env.get(*name) {
            Some(value) => fine(value.clone()),
            None => Ran::Done(String::new(), String::new(), 1),
        },
        ("hostname", _) => fine(container.host.clone()),
        ("whoami", _) => fine("root".to_owned()),
        ("id", _) => fine("uid=0(root) gid=0(root) groups=0(root)".to_owned()),
        ("uname", ["-a"]) => fine(format!("Linux {} simulated x86_64", container.host)),
        ("uname", _) => fine("Linux".to_owned()),
        ("pwd", _) => fine("/".to_owned()),
        ("date", _) => fine(container.now.strftime("%a %b %e %H:%M:%S UTC %Y").to_string()),
        ("ps", _) => fine(format!(
            "PID   USER     COMMAND\n    1 root     {}\n   17 root     ps",
            container.command
        )),
        ("stty", ["size"]) => fine(format!("{rows} {columns}")),
        ("cat", [] | ["-"]) => Ran::Copies,
        ("cat", paths) => cat(container, paths),
        ("ls", rest) => ls(container, rest),
        ("help", _) => fine(HELP.to_owned()),
        ("sh" | "ash" | "bash", _) => fine("this is the shell already".to_owned()),
        (program, _) => Ran::Done(String::new(), format!("sh: {program}: not found"), 127),
    }
}

fn fine(out: String) -> Ran {
    Ran::Done(out, String::new(), 0)
}

fn cat(container: &Container, paths: &[&str]) -> Ran {
    let (mut out, mut err) = (Vec::new(), Vec::new());
    for path in paths {
        match container.files.get(&absolute(path)) {
            Some(text) => out.push(text.trim_end_matches('\n').to_owned()),
            None if is_folder(container, &absolute(path)) => {
                err.push(format!("cat: read error: Is a directory: {path}"));
            }
            None => err.push(format!("cat: can't open '{path}': No such file or directory")),
        }
    }
    let code = i32::from(!err.is_empty());
    Ran::Done(out.join("\n"), err.join("\n"), code)
}

fn ls(container: &Container, words: &[&str]) -> Ran {
    let path = words.iter().find(|word| !word.starts_with('-')).copied().unwrap_or("/");
    let folder = absolute(path);
    if container.files.contains_key(&folder) {
        return fine(path.to_owned());
    }
    if !is_folder(container, &folder) {
        let why = format!("ls: {path}: No such file or directory");
        return Ran::Done(String::new(), why, 1);
    }
    let prefix = if folder == "/" { folder } else { format!("{folder}/") };
    let below = container.files.keys().filter_map(|file| file.strip_prefix(&prefix));
    let mut names: Vec<&str> = below.filter_map(|rest| rest.split('/').next()).collect();
    names.dedup();
    fine(names.join("\n"))
}

fn is_folder(container: &Container, path: &str) -> bool {
    let prefix = format!("{}/", path.trim_end_matches('/'));
    container.files.keys().any(|file| file.starts_with(&prefix))
}

/// A path from the root, without its last slash.
fn absolute(path: &str) -> String {
    let parts: Vec<&str> = path.split('/').filter(|part| !matches!(*part, "" | ".")).collect();
    format!("/{}", parts.join("/"))
}
