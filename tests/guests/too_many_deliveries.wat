;; world: router
;; Answers with nine deliveries, of which each is valid.
(func $misbehave (param i32) (result i32)
  (local $at i32)
  (local.set $at (i32.const 3072))
  (i32.store offset=16 (global.get $decision) (local.get $at))
  (i32.store offset=20 (global.get $decision) (i32.const 9))
  (loop $again
    (memory.copy (local.get $at) (global.get $delivery) (i32.const 80))
    (local.set $at (i32.add (local.get $at) (i32.const 80)))
    (br_if $again (i32.lt_u (local.get $at) (i32.const 3792))))
  (global.get $decision))
