;; world: router
;; Answers with a priority above 100.
(func $misbehave (param i32) (result i32)
  (i32.store8 offset=28 (global.get $delivery) (i32.const 101))
  (global.get $decision))
