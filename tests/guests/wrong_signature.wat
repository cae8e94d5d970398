;; world: router
;; Calls a function of one signature as if it had another.
(type $other (func))
(table funcref (elem $string))
(func $misbehave (param i32) (result i32)
  (call_indirect (type $other) (i32.const 0))
  (global.get $decision))
