"""`make demo`: the whole product on this machine, and the main job played through its pages."""
