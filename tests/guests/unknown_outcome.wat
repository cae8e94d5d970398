;; world: router
;; Answers with an outcome that there is not.
(func $misbehave (param i32) (result i32)
  (i32.store8 offset=8 (global.get $decision) (i32.const 3))
  (global.get $decision))
