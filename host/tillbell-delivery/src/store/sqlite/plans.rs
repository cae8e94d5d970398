//! No statement scans a table that grows: each is found in the sources of this
//! folder, and SQLite says how it would do it.

use std::fs;
use std::path::Path;

use rusqlite::types::Null;
use rusqlite::{Connection, params_from_iter};

use super::schema::{TABLES, index};

/// Scans that are meant: of what waits, by an index that holds nothing else; of what
/// the bank said; of the table that is exported as a whole.
const MEANT: [&str; 6] = [
    "SCAN messages USING INDEX queue",
    "SCAN messages USING INDEX unanswered",
    "SCAN messages USING INDEX sending",
    "SCAN messages USING COVERING INDEX deferred",
    "SCAN facts",
    "SCAN subscribers",
];
/// Sources without statements of the running store.
const OTHERS: [&str; 5] = ["schema.rs", "migrate.rs", "tests.rs", "scene.rs", "plans.rs"];

#[test]
fn no_statement_scans_a_table_that_grows() {
    let tables = Connection::open_in_memory().unwrap();
    tables.execute_batch(TABLES).unwrap();
    index(&tables).unwrap();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/store/sqlite");
    let mut count = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if !name.ends_with(".rs") || OTHERS.contains(&name.as_str()) {
            continue;
        }
        let text = fs::read_to_string(&path).unwrap();
        let text = text.split("#[cfg(test)]\nmod tests").next().unwrap();
        for statement in statements(text) {
            count += 1;
            for line in plan(&tables, &statement, &name) {
                let is_meant = MEANT.contains(&line.as_str()) || line.starts_with("SCAN (subquery");
                assert!(is_meant || !line.starts_with("SCAN "), "{name}: {line}: {statement}");
            }
        }
    }
    assert!(count > 80, "only {count} statements were found");
}

/// The literals that are statements, with what is put into them later.
fn statements(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(start) = rest.find('"') {
        let literal = &rest[start + 1..];
        let Some(end) = literal.find('"') else { break };
        let is_statement = ["select ", "insert ", "update ", "delete "];
        let sql = literal[..end].replace("\\\n", "");
        if is_statement.iter().any(|verb| sql.trim_start().starts_with(verb)) {
            found.push(filled(&sql));
        }
        rest = &literal[end + 1..];
    }
    found
}

fn filled(sql: &str) -> String {
    let sql = sql
        .replace("{WITHIN}", "accepted_at >= ?1 and accepted_at < ?2")
        .replace("{column}", "state")
        .replace("{table}", "messages");
    let mut filled = String::new();
    let mut parts = sql.split('{');
    filled.push_str(parts.next().unwrap_or_default());
    for part in parts {
        filled.push(if filled.ends_with("limit ") { '1' } else { '*' });
        filled.push_str(part.split_once('}').map_or("", |(_, after)| after));
    }
    filled
}

fn plan(tables: &Connection, sql: &str, name: &str) -> Vec<String> {
    let explained = format!("explain query plan {sql}");
    let mut statement =
        tables.prepare(&explained).unwrap_or_else(|error| panic!("{name}: {error}: {sql}"));
    let nulls = vec![Null; statement.parameter_count()];
    let lines = statement.query_map(params_from_iter(nulls), |row| row.get(3)).unwrap();
    lines.map(Result::unwrap).filter(|line: &String| line != "SCAN CONSTANT ROW").collect()
}
