//! `tillbell subscribers`, from a file into the table and out of it again.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Output;

use tillbell_tests::{Scratch, tillbell};

const FILE: &str = "\
party,reference,phone,email,locale,threshold,currency,quiet_hours,utc_offset_minutes,consent
cardholder,tok_0018,+8613800138000,,zh-CN,100.00,CNY,22:00-07:00,480,2026-01-05T10:00:00+08:00
cardholder,tok_0026,,nana@mail.example,,,,,,
merchant,898310057340001,02155550100,,,,,,,2025-12-01T09:30:00+08:00
";

struct Table(Scratch);

impl Table {
    fn run(&self, arguments: &[&str]) -> Output {
        let outbox = self.path("outbox.db");
        let arguments: Vec<_> = ["subscribers", arguments[0], "--outbox", &outbox]
            .iter()
            .chain(&arguments[1..])
            .copied()
            .collect();
        tillbell(&arguments, b"")
    }

    fn path(&self, name: &str) -> String {
        self.0.path().join(name).to_str().expect("a path in UTF-8").into()
    }

    fn import(&self, text: &str) -> Output {
        let file = self.path("subscribers.csv");
        fs::write(&file, text).expect("the file written");
        self.run(&["import", &file])
    }
}

fn printed(output: &Output) -> String {
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    assert!(output.status.success());
    String::from_utf8(output.stdout.clone()).expect("UTF-8")
}

#[test]
fn what_was_imported_is_listed_masked_and_exported_in_clear() {
    let table = Table(Scratch::new());
    let told = printed(&table.import(FILE));
    assert_eq!(told, "3 added, 0 changed, 0 as they were, 0 wrong\n");
    let list = printed(&table.run(&["list"]));
    assert_eq!(
        list,
        "\
party       reference                contact                locale   consent
cardholder  tok_0018                 +861********00         zh-CN    2026-01-05T10:00:00+08:00
cardholder  tok_0026                 n***@mail.example      -        none
merchant    898310057340001          021******00            -        2025-12-01T09:30:00+08:00
"
    );
    assert_eq!(printed(&table.run(&["export"])), FILE);
    let mode = fs::metadata(table.path("outbox.db")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let told = printed(&table.import(&FILE.replace("tok_0026", "tok_0042")));
    assert_eq!(told, "1 added, 0 changed, 2 as they were, 0 wrong\n");
}

#[test]
fn wrong_rows_are_named_without_their_contents_and_the_rest_is_taken() {
    let table = Table(Scratch::new());
    let file = FILE.replace("tok_0018", "4242 4242 4242 4242").replace("nana@mail.example", "nana");
    let output = table.import(&file);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(
        String::from_utf8_lossy(&output.stdout),
        "1 added, 0 changed, 0 as they were, 2 wrong\n"
    );
    let path = table.path("subscribers.csv");
    assert_eq!(
        String::from_utf8_lossy(&output.stderr),
        format!(
            "{path}: line 2: reference: is a card number; expected the card's token\n\
             {path}: line 3: email: expected an address such as nana@mail.example\n"
        )
    );
}

#[test]
fn one_is_added_changed_and_removed() {
    let table = Table(Scratch::new());
    let add = ["add", "cardholder", "tok_1", "--phone", "138-0013-8000"];
    let consent = ["--consent", "2026-11-20T08:31:05+08:00"];
    let with_consent: Vec<_> = add.iter().chain(&consent).copied().collect();
    let added = table.run(&add);
    assert_eq!(String::from_utf8_lossy(&added.stdout), "added\n");
    assert!(String::from_utf8_lossy(&added.stderr).contains("without consent nobody is told"));
    assert_eq!(printed(&table.run(&with_consent)), "changed\n");
    assert_eq!(printed(&table.run(&with_consent)), "as it was\n");
    assert!(printed(&table.run(&["export"])).contains("tok_1,13800138000,"));
    assert_eq!(printed(&table.run(&["remove", "cardholder", "tok_1"])), "removed\n");
    let again = table.run(&["remove", "cardholder", "tok_1"]);
    assert_eq!(again.status.code(), Some(2));
    let told = String::from_utf8_lossy(&again.stderr).into_owned();
    assert_eq!(told, "tillbell: there is no cardholder of this reference\n");
}

#[test]
fn a_file_that_is_no_outbox_stays_as_it_is() {
    let table = Table(Scratch::new());
    let other = "somebody's notes, long enough to be taken for the head of a database. ".repeat(4);
    fs::write(table.path("outbox.db"), &other).unwrap();
    let output = table.run(&["list"]);
    assert_eq!(output.status.code(), Some(2));
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(told.contains("the file is not an outbox"), "{told}");
    assert_eq!(fs::read_to_string(table.path("outbox.db")).unwrap(), other);
}
