;; world: router
;; Answers that these are to be told: none.
(func $misbehave (param i32) (result i32)
  (i32.store offset=20 (global.get $decision) (i32.const 0))
  (global.get $decision))
