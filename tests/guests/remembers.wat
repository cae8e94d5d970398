;; world: router
;; Leaves something in its memory, in new memory and in globals, and answers with
;; the reason "clean" if it finds what `configure` left, "dirty" if it finds what
;; an earlier call left. Nothing that is loaded can write a table: see sets_table.
(global $count (mut i32) (i32.const 0))
(global $long (mut i64) (i64.const 0))
(data (i32.const 3072) "clean")
(data (i32.const 3088) "dirty")

(func $configuring
  (global.set $count (i32.const 7))
  (global.set $long (i64.const 7))
  (i32.store8 (i32.const 4096) (i32.const 7))
  (i64.store (i32.const 200000) (i64.const 7)))

;; Whether everything is as `configure` left it. The heap's end is looked at
;; where no parameters lie.
(func $is_clean (result i32)
  (i32.and
    (i32.and
      (i32.and
        (i32.eq (global.get $count) (i32.const 7))
        (i64.eq (global.get $long) (i64.const 7)))
      (i32.and
        (i32.eq (i32.load8_u (i32.const 4096)) (i32.const 7))
        (i64.eq (i64.load (i32.const 200000)) (i64.const 7))))
    (i32.and
      (i32.and
        (i32.eqz (i32.load (i32.const 5000)))
        (i64.eqz (i64.load (i32.const 262136))))
      (i32.eq (memory.size) (i32.const 4)))))

(func $misbehave (param i32) (result i32)
  (local $reason i32)
  (local.set $reason (select (i32.const 3072) (i32.const 3088) (call $is_clean)))
  ;; New memory must be zeros, too.
  (drop (memory.grow (i32.const 2)))
  (if (i64.ne (i64.load (i32.const 300000)) (i64.const 0))
    (then (local.set $reason (i32.const 3088))))
  (global.set $count (i32.const 8))
  (global.set $long (i64.const -1))
  (i32.store8 (i32.const 4096) (i32.const 8))
  (i64.store (i32.const 200000) (i64.const -1))
  (i32.store (i32.const 5000) (i32.const -1))
  (i64.store (i32.const 262136) (i64.const -1))
  (i64.store (i32.const 300000) (i64.const -1))
  ;; Were this not seen, the answer would say nothing.
  (if (call $is_clean) (then (unreachable)))
  (i32.store8 offset=8 (global.get $decision) (i32.const 1))
  (call $string (i32.add (global.get $decision) (i32.const 32)) (local.get $reason) (i32.const 5))
  (global.get $decision))
