;; world: router
;; Answers with a party that there is not.
(func $misbehave (param i32) (result i32)
  (i32.store8 (global.get $delivery) (i32.const 7))
  (global.get $decision))
